import ClusterState
import HashTreeCollections
import Model
import Testing

/// Records as a manager would write them, at random.
struct Fold {
    var state = ClusterState()
    var random: SeededRandom
    var records: [ChangeRecord] = []
    let cluster = ClusterID(high: 1, low: 1)
    let service = ServiceID(high: 2, low: 1)
    let deployments = [DeploymentID(number: 1), DeploymentID(number: 2)]
    let instances = (1...3).map { InstanceID(high: 3, low: UInt64($0)) }

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func record(_ change: Change) {
        let record = ChangeRecord(
            revision: state.revision + 1, time: WallTime(milliseconds: 0), cause: "test",
            change: change)
        state.apply(record)
        records.append(record)
    }

    mutating func task(
        _ number: Int, on instance: InstanceID? = nil, token: String? = nil,
        change: (inout ECSTask) -> Void = { _ in }
    ) {
        let id = TaskID(high: 4, low: UInt64(number))
        var task =
            state.tasks[id]
            ?? ECSTask(
                id: id, instance: instance ?? instances[number % 3],
                origin: Shared(
                    TaskOrigin(
                        cluster: cluster,
                        definition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                        group: number % 2 == 0 ? "service:web" : "family:f",
                        service: number % 2 == 0 ? service : nil,
                        deployment: number % 2 == 0 ? deployments[number % 4 / 2] : nil,
                        reserved: Resources(
                            cpu: number, memory: 2 * number, tcpPorts: [number],
                            udpPorts: [number, 7]), clientToken: token)),
                containers: [], createdAt: WallTime(milliseconds: 0))
        change(&task)
        record(.task(task))
    }

    mutating func randomStep() {
        let number = Int.random(in: 1...12, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: record(.removeTask(TaskID(high: 4, low: UInt64(number))))
        case 1: task(number, token: number % 3 == 0 ? "t" : nil) { $0.lastStatus = .stopped }
        case 2: task(number, token: number % 3 == 0 ? "t" : nil) { $0.desiredStatus = .stopped }
        default: task(number, token: number % 3 == 0 ? "t" : nil) { $0.lastStatus = .running }
        }
    }
}

@Suite("The state is a fold")
struct FoldTests {
    @Test("whose indexes always say what counting would", arguments: 1...50)
    func indexes(seed: UInt64) {
        var fold = Fold(seed: seed)
        for _ in 0..<80 { fold.randomStep() }
        let all = fold.state.tasks.values.sorted { $0.id < $1.id }
        #expect(fold.state.tasks(of: fold.cluster) == all)
        #expect(fold.state.tasks(of: fold.service) == all.filter { $0.service == fold.service })
        #expect(
            fold.state.liveTasks(of: fold.service)
                == all.filter { $0.service == fold.service && $0.lastStatus != .stopped })
        #expect(fold.state.counts(of: fold.cluster) == TaskCounts(all))
        let own = all.filter { $0.service == fold.service }
        #expect(fold.state.counts(of: fold.service) == TaskCounts(own))
        for deployment in fold.deployments {
            #expect(
                fold.state.counts(of: deployment, of: fold.service)
                    == TaskCounts(own.filter { $0.deployment == deployment }))
        }
        checkLists(of: fold, all)
        let outlines = fold.state.outlines(of: fold.service)
        #expect(outlines.keys.sorted() == fold.state.liveTasks(of: fold.service).map(\.id))
        for (id, outline) in outlines {
            let task = fold.state.tasks[id]
            #expect(outline.instance == task?.instance && outline.deployment == task?.deployment)
            #expect(outline.lastStatus == task?.lastStatus)
            #expect(outline.desiredStatus == task?.desiredStatus)
            #expect(outline.createdAt == task?.createdAt)
        }
        #expect(
            fold.state.tasks(token: "t", in: fold.cluster) == all.filter { $0.clientToken == "t" })
        for instance in fold.instances {
            let there = all.filter { $0.instance == instance }
            let live = there.filter { $0.lastStatus != .stopped }
            let usage = fold.state.usage(of: instance)
            #expect(fold.state.tasks(on: instance) == there)
            #expect(fold.state.liveTasks(on: instance) == live)
            #expect(fold.state.hasTasks(on: instance) == !there.isEmpty)
            #expect(usage.cpu == live.reduce(0) { $0 + $1.reserved.cpu })
            #expect(usage.memory == live.reduce(0) { $0 + $1.reserved.memory })
            #expect(usage.tcpPorts.sorted() == live.flatMap(\.reserved.tcpPorts).sorted())
            #expect(usage.udpPorts.sorted() == live.flatMap(\.reserved.udpPorts).sorted())
            let running = live.filter { $0.desiredStatus == .running }
            #expect(usage.running == running.count)
            #expect(usage.pending == live.count { $0.lastStatus == .pending })
        }
    }

    private func checkLists(of fold: Fold, _ all: [ECSTask]) {
        let scopes: [(TaskScope, (ECSTask) -> Bool)] =
            [
                (.cluster(fold.cluster), { _ in true }),
                (.service(fold.service), { $0.service == fold.service }),
            ] + fold.instances.map { id in (.instance(id), { $0.instance == id }) }
        for (scope, isThere) in scopes {
            for desired in [DesiredStatus.running, .stopped] {
                let listed = all.filter { isThere($0) && $0.desiredStatus == desired }.map(\.id)
                for number in 0...13 {
                    let last = number == 0 ? nil : TaskID(high: 4, low: UInt64(number))
                    let page = fold.state.taskIDs(
                        of: scope, wanted: desired, after: last, atMost: 3, where: { _ in true })
                    let rest = listed.filter { id in last.map { id > $0 } ?? true }
                    #expect(page == Array(rest.prefix(3)))
                }
            }
        }
    }

    @Test("that gives the same from its records, and leaves a copy as it was")
    func replay() {
        var fold = Fold(seed: 7)
        for _ in 0..<40 { fold.randomStep() }
        let copy = fold.state
        let tasks = copy.tasks(of: fold.cluster)
        for _ in 0..<40 { fold.randomStep() }
        #expect(copy.tasks(of: fold.cluster) == tasks)
        var again = ClusterState()
        for record in fold.records { again.apply(record) }
        #expect(again.tasks == fold.state.tasks && again.revision == fold.state.revision)
    }

    @Test("that leaves nothing of what was removed")
    func empty() {
        var fold = Fold(seed: 1)
        let time = WallTime(milliseconds: 0)
        fold.record(
            .cluster(Cluster(id: fold.cluster, region: "r", name: "c", createdAt: time)))
        fold.record(
            .service(
                Service(
                    id: fold.service, cluster: fold.cluster, name: "web", desiredCount: 1,
                    deployments: [], createdAt: time)))
        fold.record(
            .instance(
                ContainerInstance(
                    id: fold.instances[0], cluster: fold.cluster, name: "a",
                    registered: Resources(), registeredAt: time)))
        for number in 1...12 { fold.task(number, token: "t") }
        for number in 1...12 { fold.record(.removeTask(TaskID(high: 4, low: UInt64(number)))) }
        fold.record(.removeService(fold.service))
        fold.record(.removeInstance(fold.instances[0]))
        fold.record(.removeCluster(fold.cluster))
        let indexes = Mirror(reflecting: fold.state).descendant("indexes")
        for child in indexes.map({ Mirror(reflecting: $0).children }) ?? .init([]) {
            #expect((child.value as? any Collection)?.isEmpty == true, "\(child.label ?? "")")
        }
    }
}

@Suite("Queries")
struct QueryTests {
    let time = WallTime(milliseconds: 0)

    @Test("A name means the newest object that has it, in whatever order records come")
    func names() {
        let old = Cluster(
            id: ClusterID(high: 1, low: 1), region: "r", name: "c", status: .inactive,
            createdAt: time)
        let new = Cluster(id: ClusterID(high: 1, low: 2), region: "r", name: "c", createdAt: time)
        for order in [[old, new], [new, old]] {
            var fold = Fold(seed: 1)
            for cluster in order { fold.record(.cluster(cluster)) }
            #expect(fold.state.cluster(ClusterReference(region: "r", name: "c")) == new)
            fold.record(.removeCluster(old.id))
            #expect(fold.state.cluster(ClusterReference(region: "r", name: "c")) == new)
        }
    }

    @Test("A family means its newest ACTIVE revision")
    func families() {
        var fold = Fold(seed: 1)
        func define(_ family: String, _ revision: Int, _ status: TaskDefinition.Status) {
            fold.record(
                .taskDefinition(
                    TaskDefinition(
                        key: .init(region: "r", family: family, revision: revision),
                        status: status, containers: [], registeredAt: time)))
        }
        for revision in [1, 3, 2, 4] { define("web", revision, .active) }
        define("web", 4, .inactive)
        define("app", 1, .inactive)
        let state = fold.state
        #expect(state.revisions(of: "web", region: "r").map(\.key.revision) == [1, 2, 3, 4])
        #expect(state.lastRevision(of: "web", region: "r") == 4)
        #expect(state.lastRevision(of: "web", region: "s") == 0)
        #expect(state.families(region: "r") == ["app", "web"])
        let reference = TaskDefinitionReference(region: "r", family: "web")
        #expect(state.definition(reference)?.key.revision == 3)
        #expect(state.definition(TaskDefinitionReference(region: "r", family: "app")) == nil)
        let exact = TaskDefinitionReference(region: "r", family: "web", revision: 4)
        #expect(state.definition(exact)?.status == .inactive)
    }

    @Test("A service keeps its last 100 events")
    func events() {
        var fold = Fold(seed: 1)
        for number in 1...150 {
            fold.record(
                .serviceEvent(
                    ServiceEvent(
                        service: fold.service, sequence: number, id: .init(high: 0, low: 0),
                        createdAt: time, message: "\(number)")))
        }
        #expect(fold.state.events(of: fold.service).map(\.sequence) == Array(51...150))
    }

    @Test("Counts are those of ECS")
    func counts() {
        var fold = Fold(seed: 1)
        fold.task(1)
        fold.task(2) { $0.desiredStatus = .stopped }
        fold.task(3) { $0.lastStatus = .running }
        fold.task(4) { $0.lastStatus = .stopped }
        fold.task(5) { $0.lastStatus = .activating }
        let counts = TaskCounts(fold.state.tasks(of: fold.cluster))
        #expect(counts.running == 1 && counts.pending == 2)
    }
}
