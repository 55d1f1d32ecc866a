import ManagerCore
import Model
import WorkerCore

/// The world of one run: virtual time, a manager's host, workers' hosts, the ways between them,
/// clients, and who watches. One thread; everything that happens is on the ``Agenda``.
final class World {
    let plan: Plan
    var now: Int64 = 0
    var events: UInt64 = 0
    /// Steps of a core, and heartbeats that the manager's shell answered.
    var coreEvents: UInt64 = 0
    var agenda = Agenda()

    // Streams of randomness, one a concern.
    var network: Chance
    var scheduling: Chance
    var diskChance: Chance
    var ids: Chance
    var runtimeChance: Chance
    /// How containers with a restart policy end.
    var restartChance: Chance
    /// How health checks go, and what clients ask for of them.
    var healthChance: Chance
    var healthIdeas: Chance
    var faultChances: [Chance]

    var routes: [Route]
    var connections: [Int: Connection] = [:]
    var lastConnection = 0
    var manager: ManagerHost
    var workers: [WorkerHost]
    var clients: [Client]

    var isHealed = false
    var healedAt: Int64 = 0
    var restedAt: Int64?
    var wasAtRest = false
    /// Instances that were declared lost and have not come back.
    var lostInstances: Set<InstanceID> = []
    /// The runs of the manager in which rollbacks began that are not over.
    var rollbackRuns: [ServiceDeploymentID: UInt64] = [:]
    /// Services of which tasks move.
    var movingServices: Set<ServiceID> = []
    /// Tasks that were UNHEALTHY when last heard of.
    var unhealthyTasks: Set<TaskID> = []
    /// By node: until when it stands still, and what waits meanwhile.
    var pausedUntil: [Node: Int64] = [:]
    var backlog: [Node: [Happening]] = [:]

    let checker: Checker
    var marks = MarkCounts()
    var digest = Digest()
    var trace: Trace
    let watch: Sighting.Watch?
    var storm = StormGauge()

    init(_ plan: Plan, trace mode: Trace.Mode, watch: Sighting.Watch? = nil) {
        self.plan = plan
        self.watch = watch
        network = Chance(seed: plan.seed, concern: "network")
        scheduling = Chance(seed: plan.seed, concern: "scheduling")
        diskChance = Chance(seed: plan.seed, concern: "disk")
        ids = Chance(seed: plan.seed, concern: "ids")
        runtimeChance = Chance(seed: plan.seed, concern: "runtime")
        restartChance = Chance(seed: plan.seed, concern: "restarts")
        healthChance = Chance(seed: plan.seed, concern: "health")
        healthIdeas = Chance(seed: plan.seed, concern: "health-ideas")
        faultChances = FaultKind.allCases.indices.map {
            Chance(seed: plan.seed, concern: "fault", number: $0)
        }
        var ways = Chance(seed: plan.seed, concern: "routes")
        routes = plan.hosts.map { _ in Route(base: ways.within(1...8)) }
        var clocks = Chance(seed: plan.seed, concern: "clocks")
        let clock = { () -> HostClock in
            let drift = clocks.within(-200...200)
            return HostClock(
                origin: clocks.within(0...1_000_000_000),
                drift: plan.has(.drift) ? drift : 0)
        }
        manager = ManagerHost(clock: clock())
        workers = []
        for (index, host) in plan.hosts.enumerated() {
            workers.append(WorkerHost(index: index, host: host, clock: clock()))
        }
        clients = (0..<plan.clients).map { Client(seed: plan.seed, number: $0) }
        checker = Checker(Checker.Rules(plan))
        trace = Trace(mode)
    }

    /// Runs until all has come to rest, time is over, or something is wrong.
    func run() {
        begin()
        while checker.violation == nil, let (due, happening) = agenda.next() {
            now = due
            events += 1
            digest.mix(UInt64(bitPattern: due))
            happen(happening)
            if restedAt != nil { break }
        }
        if checker.violation == nil, restedAt == nil {
            checker.fail("the world goes on", "nothing was left to happen at \(now)")
        }
    }

    private func begin() {
        agenda.add(.managerStarts, at: 0)
        for worker in workers.indices {
            agenda.add(
                .agentStarts(worker: worker, boot: workers[worker].boot),
                at: scheduling.within(0...3_000))
        }
        clients[0].todo = setUp
        for client in clients.indices {
            agenda.add(.clientActs(client), at: scheduling.within(100...500))
        }
        for kind in plan.faults.kinds { scheduleNext(kind) }
        agenda.add(.heals, at: plan.faultTime)
    }

    private func happen(_ happening: Happening) {
        let node = happening.node
        if node != .world, let until = pausedUntil[node], until > now {
            backlog[node, default: []].append(happening)
            return
        }
        switch happening {
        case .arrival(let connection, let direction): arrive(on: connection, direction)
        case .stray(let connection, let direction, let message):
            strayArrives(on: connection, direction, message)
        case .managerStarts: startManager()
        case .managerWakes(let run): if isCurrent(run) { wakeManager() }
        case .silenceIsJudged(let run): if isCurrent(run) { judgeSilence() }
        case .written(let run): if isCurrent(run) { written() }
        case .agentStarts(let worker, let boot): startAgent(worker, boot: boot)
        case .agentWakes(let worker, let run, let number):
            guard workers[worker].run == run, workers[worker].wakeNumber == number else { return }
            tell(worker, .woke)
        case .agentHears(let worker, let run, let event):
            if workers[worker].run == run { tell(worker, event) }
        case .runtime(let worker, let boot, let step):
            if workers[worker].boot == boot { advance(worker, step) }
        case .hostBoots(let worker): bootHost(worker)
        case .clientActs(let client): act(client)
        case .clientRetries(let client, let request, let attempt):
            retry(client, request, attempt)
        case .requestArrives(let client, let request, let attempt):
            requestArrives(client, request, attempt)
        case .answerArrives(let client, let request, let attempt, let result):
            answerArrives(client, request, attempt, result)
        case .fault(let kind): occur(kind)
        case .resumes(let node): resume(node)
        case .heals: heal()
        case .restIsChecked: checkRest()
        }
    }

    // MARK: Standing still

    func pause(_ node: Node, for duration: Int64) {
        let until = max(pausedUntil[node] ?? 0, now + duration)
        if node == .manager, !isPaused(node) { checker.managerPaused(at: now) }
        if case .worker(let worker) = node { checker.workerFrozen(worker, until: until) }
        pausedUntil[node] = until
        agenda.add(.resumes(node), at: until)
    }

    func isPaused(_ node: Node) -> Bool { (pausedUntil[node] ?? 0) > now }

    func resume(_ node: Node) {
        guard let until = pausedUntil[node], until <= now else { return }
        pausedUntil[node] = nil
        let waiting = backlog.removeValue(forKey: node) ?? []
        if node == .manager { checker.managerResumed(at: now) }
        // What waits for one node comes before all else of this moment, in its order.
        for happening in waiting { happen(happening) }
    }

    func log(_ node: @autoclosure () -> String, _ text: @autoclosure () -> String) {
        if trace.isOn { trace.add(now, events, node(), text()) }
    }

    func reach(_ mark: Mark) {
        marks.count(mark)
    }
}
