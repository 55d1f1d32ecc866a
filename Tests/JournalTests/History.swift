import ClusterState
import HashTreeCollections
import Model

/// An endless random history of changes, the same for the same seed.
struct History {
    private(set) var state = ClusterState()
    private var random: SeededRandom
    private var clusters: [ClusterID] = []
    private var instances: [InstanceID] = []
    private var services: [ServiceID] = []
    private var tasks: [TaskID] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// The next records, as many as `sizes` allows.
    mutating func batch(_ sizes: ClosedRange<Int> = 1...8) -> [ChangeRecord] {
        (0..<Int.random(in: sizes, using: &random)).map { _ in next() }
    }

    mutating func next() -> ChangeRecord {
        let record = ChangeRecord(
            revision: state.revision + 1, time: now, cause: "test", change: change())
        state.apply(record)
        return record
    }

    private var now: WallTime { WallTime(milliseconds: 1_700_000_000_000 + Int64(state.revision)) }

    private mutating func change() -> Change {
        guard let cluster = pick(clusters), let instance = pick(instances) else {
            return instances.isEmpty && !clusters.isEmpty ? newInstance() : newCluster()
        }
        switch Int.random(in: 0..<124, using: &random) {
        case 0..<3: return newCluster()
        case 3..<6: return newInstance()
        case 6..<12: return newService(in: cluster)
        case 12..<18: return newDefinition()
        case 18..<45: return newTask(in: cluster, on: instance)
        case 45..<70: return changedTask() ?? newDefinition()
        case 70..<84: return event() ?? newService(in: cluster)
        case 84..<90: return changedCluster(cluster)
        case 90..<96: return removal(\.tasks, Change.removeTask) ?? newDefinition()
        case 96..<97: return removal(\.services, Change.removeService) ?? newDefinition()
        case 97..<98: return removal(\.instances, Change.removeInstance) ?? newDefinition()
        case 98..<99: return removedCluster() ?? newDefinition()
        case 99..<102: return token()
        case 102..<105: return worker(in: cluster)
        case 105..<111: return deployment() ?? newDefinition()
        case 111..<115: return setting()
        case 115..<118: return accessKey()
        case 118..<120: return removedDefinition() ?? newDefinition()
        case 120..<123: return logGroup()
        default: return .removeTask(random.identifier())
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.randomElement(using: &random)
    }

    private mutating func removal<ID>(
        _ ids: WritableKeyPath<Self, [ID]>, _ make: (ID) -> Change
    ) -> Change? {
        guard let index = self[keyPath: ids].indices.randomElement(using: &random) else {
            return nil
        }
        return make(self[keyPath: ids].remove(at: index))
    }

    /// A name is free for a new cluster once the one that has it is INACTIVE.
    private mutating func newCluster() -> Change {
        let name = "c\(Int.random(in: 0..<4, using: &random))"
        if var holder = state.cluster(ClusterReference(region: "r", name: name)),
            holder.status == .active
        {
            holder.status = .inactive
            return .cluster(holder)
        }
        let cluster = Cluster(id: random.identifier(), region: "r", name: name, createdAt: now)
        clusters.append(cluster.id)
        return .cluster(cluster)
    }

    private mutating func changedCluster(_ id: ClusterID) -> Change {
        guard var cluster = state.clusters[id] else { return newCluster() }
        cluster.tags.append(Tag(key: "größe", value: "\"\(state.revision)\"\n\u{1F433}"))
        return .cluster(cluster)
    }

    /// What was changed longest ago goes first, as retention has it.
    private mutating func removedCluster() -> Change? {
        let gone = clusters.compactMap { state.clusters[$0] }.filter { $0.status == .inactive }
            .first { state.cluster(ClusterReference(region: "r", name: $0.name))?.id != $0.id }
        guard let gone else { return nil }
        clusters.removeAll { $0 == gone.id }
        return .removeCluster(gone.id)
    }

    private mutating func newInstance() -> Change {
        let instance = ContainerInstance(
            id: random.identifier(), cluster: pick(clusters) ?? random.identifier(), name: "w",
            registered: Resources(cpu: 4096, memory: 8192), registeredAt: now)
        instances.append(instance.id)
        return .instance(instance)
    }

    private mutating func newService(in cluster: ClusterID) -> Change {
        let service = Service(
            id: random.identifier(), cluster: cluster, name: "web", desiredCount: 3,
            deployments: [],
            createdAt: now, document: Document(json: #"{"role":"a\/b"}"#))
        services.append(service.id)
        return .service(service)
    }

    private mutating func newDefinition() -> Change {
        let key = TaskDefinitionKey(
            region: "r", family: "f\(Int.random(in: 0..<3, using: &random))",
            revision: Int.random(in: 1...9, using: &random))
        let container = ContainerDefinition(name: "app", image: "busybox", command: ["sleep", "1"])
        return .taskDefinition(
            TaskDefinition(key: key, containers: [container], registeredAt: now))
    }

    private mutating func newTask(in cluster: ClusterID, on instance: InstanceID) -> Change {
        let task = ECSTask(
            id: random.identifier(), instance: instance,
            origin: Shared(
                TaskOrigin(
                    cluster: cluster,
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                    group: "family:f", service: pick(services),
                    reserved: Resources(
                        cpu: 128, memory: 64, tcpPorts: [Int.random(in: 1...99, using: &random)]),
                    clientToken: pick(["a", "b"]))), containers: [], createdAt: now)
        tasks.append(task.id)
        return .task(task)
    }

    private mutating func changedTask() -> Change? {
        guard let id = pick(tasks), var task = state.tasks[id] else { return nil }
        task.lastStatus = pick(TaskStatus.allCases.filter { $0 >= task.lastStatus }) ?? .stopped
        task.version += 1
        return .task(task)
    }

    /// A new token, or the end of one.
    private mutating func token() -> Change {
        let ids = state.joinTokensInOrder().map(\.id)
        if ids.count > 3, let id = pick(ids) { return .removeJoinToken(id) }
        return .joinToken(
            JoinToken(
                id: random.identifier(), cluster: pick(clusters) ?? random.identifier(),
                secret: fingerprint(), createdAt: now, endsAt: now))
    }

    /// What an account chose, or no longer does.
    private mutating func setting() -> Change {
        let known = state.accountSettings.keys.sorted()
        if known.count > 2, let key = pick(known) { return .removeAccountSetting(key) }
        let user = Int.random(in: 0..<3, using: &random)
        let key = AccountSetting.Key(
            region: "r", principal: "arn:aws:iam::1:user/a/\(user)",
            name: pick(["containerInsights", "awsvpcTrunking"]) ?? "")
        return .accountSetting(
            AccountSetting(key: key, value: pick(["enabled", "disabled"]) ?? ""))
    }

    /// A log group, or the end of one.
    private mutating func logGroup() -> Change {
        let known = state.logGroups.keys.sorted()
        if known.count > 2, let reference = pick(known) { return .removeLogGroup(reference) }
        let reference = LogGroupReference(
            region: "r", name: "/ecs/\(Int.random(in: 0..<4, using: &random))")
        let isDeleted = Bool.random(using: &random)
        return .logGroup(
            LogGroup(
                reference: reference, createdAt: now, retentionInDays: pick([1, 3653]),
                tags: [Tag(key: "stage", value: "a/b")], deletedAt: isDeleted ? now : nil,
                isDeleted: isDeleted))
    }

    /// A new key, one that is revoked, or the end of one.
    private mutating func accessKey() -> Change {
        let known = state.accessKeysInOrder()
        if known.count > 2, var key = pick(known) {
            if key.revokedAt != nil { return .removeAccessKey(key.id) }
            key.revokedAt = now
            return .accessKey(key)
        }
        let number = String(UInt64.random(in: .min ... .max, using: &random), radix: 36)
        let padding = String(repeating: "A", count: 20 - number.count)
        let id = AccessKeyID(padding + number.uppercased())
        return .accessKey(
            AccessKey(
                id: id ?? known[0].id, name: "", isReadOnly: Bool.random(using: &random),
                secret: SealedSecret(text: "a/b"), createdAt: now))
    }

    private mutating func removedDefinition() -> Change? {
        pick(state.definitions.keys.sorted()).map { .removeTaskDefinition($0) }
    }

    /// A new worker, or the end of one.
    private mutating func worker(in cluster: ClusterID) -> Change {
        let ids = state.workers(of: cluster).map(\.id)
        if ids.count > 2, let id = pick(ids) { return .removeWorker(id) }
        return .worker(
            WorkerIdentity(
                id: random.identifier(), cluster: cluster, name: "w", key: fingerprint(),
                token: random.identifier(), joinedAt: now, certificateEndsAt: now))
    }

    /// A deployment's record, its revision, or the end of either.
    private mutating func deployment() -> Change? {
        guard let service = pick(services) else { return nil }
        let records = state.serviceDeployments(of: service)
        let revisions = state.serviceRevisions(of: service)
        if records.count > 3, let record = pick(records) {
            return .removeServiceDeployment(record.id)
        }
        if revisions.count > records.count, let revision = pick(revisions) {
            if Bool.random(using: &random) { return .removeServiceRevision(revision.id) }
            return .serviceDeployment(
                ServiceDeployment(
                    id: random.identifier(), service: service, target: revision.id, createdAt: now))
        }
        let key = TaskDefinitionKey(region: "r", family: "f", revision: 1)
        return .serviceRevision(
            ServiceRevision(
                id: DeploymentID(number: random.next()), service: service, taskDefinition: key,
                launchType: .ec2, createdAt: now))
    }

    private mutating func fingerprint() -> Fingerprint {
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Fingerprint(bytes) ?? fingerprint()
    }

    private mutating func event() -> Change? {
        guard let service = services.first else { return nil }
        return .serviceEvent(
            ServiceEvent(
                service: service, sequence: Int(state.revision), id: random.identifier(),
                createdAt: now, message: "(service web) has started 1 tasks"))
    }
}
