import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import OrderedCollections

/// Watches a rehearsal: what its records say of tasks and services.
struct Observer {
    /// What happened to one service.
    fileprivate struct Course {
        var started = 0
        var stopped = 0
        var wanted: Int
        var running: Int
        var lowestRunning: Int
        var highestWanted: Int
        var obstacle: String?
        var obstacleAt: Int64?
        /// The reason of a deployment that was given up.
        var failure: String?
    }

    private let original: ClusterState
    private let cluster: ClusterID
    private let settings: ManagerSettings
    private let begin: Moment
    /// Tasks as the records before said.
    private var tasks: [TaskID: ECSTask] = [:]
    private var courses: OrderedDictionary<ServiceID, Course> = [:]
    private var drained: [InstanceID] = []
    /// The services that commands are about. Before the first command there is nothing to watch but
    /// what was on its way.
    private var named: Set<ServiceReference>?
    private(set) var steps = StepList()
    private(set) var before = Forecast.Load()
    private(set) var peak = Forecast.Load()
    private var load = Forecast.Load()
    private(set) var capacity = Resources()
    private(set) var lastChange: Instant
    private(set) var records = 0

    init(
        _ state: ClusterState, of cluster: ClusterID, _ settings: ManagerSettings,
        from begin: Moment
    ) {
        original = state
        self.cluster = cluster
        self.settings = settings
        self.begin = begin
        lastChange = begin.monotonic
        for task in state.tasks.values {
            tasks[task.id] = task
            hold(task.reserved, 1)
        }
        before = load
        peak = load
        for instance in state.instances(of: cluster)
        where instance.status == .active && instance.agentConnected {
            capacity.cpu += instance.registered.cpu
            capacity.memory += instance.registered.memory
        }
    }

    private mutating func hold(_ resources: Resources, _ sign: Int) {
        load.tasks += sign
        load.cpu += sign * resources.cpu
        load.memory += sign * resources.memory
    }

    /// A command is about to be carried out. Instances that it drains are to have no tasks in the
    /// end.
    mutating func note(_ command: Command) {
        var services = named ?? []
        defer { named = services }
        switch command {
        case .createService(let request): services.insert(request.service)
        case .updateService(let request): services.insert(request.service)
        case .deleteService(let service, _): services.insert(service)
        case .updateContainerInstancesState(_, let instances, .draining): drained += instances
        case .deregisterContainerInstance(let instance, _): drained.append(instance.id)
        default: return
        }
    }

    // MARK: Records

    mutating func take(_ records: [ChangeRecord], _ state: ClusterState, at now: Moment) {
        self.records += records.count
        let time = (now.monotonic - begin.monotonic).milliseconds
        for record in records {
            switch record.change {
            case .task(let task): take(task, state, at: time)
            case .service(let service): take(service)
            case .serviceEvent(let event): take(event, state, at: now)
            case .removeTask(let id): tasks[id] = nil
            default: continue
            }
            if record.change.isProgress { lastChange = now.monotonic }
        }
        for id in courses.keys { courses[id]?.close() }
        if load.memory > peak.memory || load.memory == peak.memory && load.cpu > peak.cpu {
            peak = load
            peak.at = time
        }
    }

    private mutating func take(_ task: ECSTask, _ state: ClusterState, at time: Int64) {
        let old = tasks.updateValue(task, forKey: task.id)
        let worker = state.instances[task.instance]?.name ?? "\(task.instance)"
        if let service = task.service { open(service) }
        if old == nil {
            hold(task.reserved, 1)
            steps.add(.start, of: task, on: worker, at: time)
            if let service = task.service { courses[service]?.started += 1 }
        }
        if task.desiredStatus == .stopped, old?.desiredStatus == .running {
            steps.add(.stop, of: task, on: worker, at: time)
        }
        if task.lastStatus == .running, old?.lastStatus != .running {
            steps.add(.running, of: task, on: worker, at: time)
        }
        if task.lastStatus == .stopped, old?.lastStatus != .stopped {
            hold(task.reserved, -1)
            steps.add(.stopped, of: task, on: worker, at: time)
            if let service = task.service { courses[service]?.stopped += 1 }
        }
        if let service = task.service { courses[service]?.count(old, task) }
    }

    private mutating func take(_ service: Service) {
        guard original.services[service.id] != service else { return }
        open(service.id)
        let failed = service.deployments.first { deployment in
            deployment.rolloutState == .failed
                && original.services[service.id]?.deployments
                    .contains { $0.id == deployment.id && $0.rolloutState == .failed } != true
        }
        if let failed { courses[service.id]?.failure = failed.rolloutStateReason }
    }

    /// A service says that something is in its way: what, is looked at there and then.
    private mutating func take(_ event: ServiceEvent, _ state: ClusterState, at now: Moment) {
        guard named != nil, event.message.contains(" was unable to "),
            let service = state.services[event.service]
        else { return }
        open(event.service)
        guard courses[event.service]?.obstacle == nil else { return }
        var account = Account(state, of: cluster, settings, at: now.wall)
        let explained = account.service(service)
        guard explained.verdict.isInTheWay else { return }
        courses[event.service]?.obstacle = explained.summary
        courses[event.service]?.obstacleAt = (now.monotonic - begin.monotonic).milliseconds
    }

    private mutating func open(_ service: ServiceID) {
        guard courses[service] == nil else { return }
        let outlines = original.outlines(of: service).values
        let wanted = outlines.count { $0.desiredStatus == .running }
        let running = outlines.count { $0.desiredStatus == .running && $0.lastStatus == .running }
        courses[service] = Course(
            wanted: wanted, running: running, lowestRunning: running, highestWanted: wanted)
    }

    // MARK: The end

    /// Whether every service that moved stands as wished, and has for long enough to prove it.
    func isSettled(_ state: ClusterState, at now: Instant) -> Bool {
        guard courses.isEmpty || now - lastChange >= settings.healthyAfter else { return false }
        return courses.allSatisfy { id, course in
            guard isMoved(id, course, state), let service = state.services[id] else { return true }
            return service.status == .inactive || service.stands(in: state)
        }
    }

    /// Whether what becomes of a service has to do with the change, so far as can be told: one that
    /// lacked room before, and still does, has not.
    private func isMoved(_ id: ServiceID, _ course: Course, _ state: ClusterState) -> Bool {
        if course.started + course.stopped > 0 || course.obstacle != nil { return true }
        guard let service = state.services[id], let cluster = state.clusters[service.cluster]
        else { return false }
        let reference = ClusterReference(region: cluster.region, name: cluster.name)
        return named?.contains(ServiceReference(cluster: reference, name: service.name)) == true
    }

    func services(_ state: ClusterState, at wall: WallTime) -> [Forecast.Service] {
        var account = Account(state, of: cluster, settings, at: wall)
        return courses.compactMap { id, course in
            guard isMoved(id, course, state), let after = state.services[id] else { return nil }
            let explained = account.service(after)
            let old = original.services[id]
            return Forecast.Service(
                name: after.name,
                definitionBefore: old?.deployments.first.map { "\($0.taskDefinition)" } ?? "",
                definitionAfter: after.deployments.first.map { "\($0.taskDefinition)" } ?? "",
                desiredBefore: old?.desiredCount ?? 0, desiredAfter: after.desiredCount,
                runningBefore: old.map { TaskCounts(original.liveTasks(of: $0.id)).running } ?? 0,
                runningAfter: explained.running, started: course.started, stopped: course.stopped,
                lowestRunning: course.lowestRunning, highestWanted: course.highestWanted,
                rolloutState: after.deployments.first?.rolloutState.rawValue ?? "",
                wasSteady: old?.stands(in: original) ?? true,
                verdict: course.failure == nil ? explained.verdict : .failed,
                summary: course.failure ?? explained.summary, remedies: explained.remedies,
                obstacle: course.obstacle, obstacleAt: course.obstacleAt)
        }.sorted { $0.name < $1.name }
    }

    func ending(
        _ services: [Forecast.Service], _ state: ClusterState, isCut: Bool
    ) -> (verdict: Forecast.Verdict, reason: String) {
        let inTheWay = services.first { $0.verdict.isInTheWay }
        if let service = inTheWay {
            let reason = "service \(service.name): " + (service.obstacle ?? service.summary)
            return switch service.verdict {
            case .noRoom: (.noRoom, reason)
            case .blocked: (.blocked, reason)
            case .protected: (.protected, reason)
            default: (.fails, reason + " The deployment is given up: " + service.summary)
            }
        }
        let left = drained.flatMap { state.liveTasks(on: $0) }
        if !left.isEmpty {
            let alone = left.count { $0.service == nil }
            return (
                .tasksStay,
                "\(left.count.tasks) left on what is drained, \(alone) started by no service: "
                    + "these end by themselves, or with StopTask."
            )
        }
        let moving = services.first { ![.steady, .inactive].contains($0.verdict) }
        if isCut || moving != nil {
            return (
                .undecided,
                moving.map { "service \($0.name): \($0.summary)" }
                    ?? "it takes longer than what is tried."
            )
        }
        return steps.kept.isEmpty && services.allSatisfy(\.wasSteady)
            ? (.nothing, "no task starts and none stops.") : (.finishes, "all stands as wished.")
    }
}

extension Observer.Course {
    /// A task of the service came or changed.
    fileprivate mutating func count(_ old: ECSTask?, _ task: ECSTask) {
        func isWanted(_ task: ECSTask) -> Bool {
            task.desiredStatus == .running && task.lastStatus != .stopped
        }
        func runs(_ task: ECSTask) -> Bool { isWanted(task) && task.lastStatus == .running }
        wanted += (isWanted(task) ? 1 : 0) - (old.map(isWanted) == true ? 1 : 0)
        running += (runs(task) ? 1 : 0) - (old.map(runs) == true ? 1 : 0)
    }

    /// A step is over: what it left counts, not what it went through.
    fileprivate mutating func close() {
        lowestRunning = min(lowestRunning, running)
        highestWanted = max(highestWanted, wanted)
    }
}

extension ServiceAccount.Verdict {
    /// Whether something has to be changed before the service gets what it wishes.
    var isInTheWay: Bool {
        switch self {
        case .noRoom, .blocked, .protected, .failed: true
        case .steady, .moving, .throttled, .draining, .inactive: false
        }
    }
}

extension Service {
    /// Whether the service has what it wishes.
    func stands(in state: ClusterState) -> Bool {
        let tasks = state.outlines(of: id).values
        if controller == .external {
            let wished = taskSets.reduce(0) { $0 + $1.desiredCount(of: desiredCount) }
            return status == .active && taskSets.allSatisfy { $0.isSteady && !$0.isDraining }
                && tasks.count == wished && tasks.allSatisfy { state.isActive($0.instance) }
        }
        return status == .active && deployments.count == 1
            && deployments.first?.rolloutState == .completed && tasks.count == desiredCount
            && tasks.allSatisfy {
                $0.lastStatus == .running && $0.desiredStatus == .running
                    && $0.deployment == deployments.first?.id && state.isActive($0.instance)
            }
    }
}

extension Change {
    /// Whether it brings what was asked for nearer, rather than tells of it or forgets the past.
    fileprivate var isProgress: Bool {
        switch self {
        case .task, .service, .serviceDeployment, .instance, .taskDefinition: true
        case .serviceEvent(let event): event.message.hasSuffix("has reached a steady state.")
        default: false
        }
    }
}
