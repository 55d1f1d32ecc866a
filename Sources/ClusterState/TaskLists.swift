import HashTreeCollections
public import Model

/// The tasks of a cluster or a service as they are listed and counted, so that neither looks at all
/// of them.
struct TaskLists: Sendable {
    /// Those that are wanted RUNNING, and those that are wanted STOPPED.
    private var running = OrderedIDs<TaskKind>()
    private var stopped = OrderedIDs<TaskKind>()
    private(set) var counts = TaskCounts()

    var isEmpty: Bool { running.isEmpty && stopped.isEmpty }

    subscript(desired: DesiredStatus) -> OrderedIDs<TaskKind> {
        desired == .running ? running : stopped
    }

    mutating func replace(_ old: ECSTask?, with task: ECSTask) {
        if let old { counts.count(old, by: -1) }
        counts.count(task, by: 1)
        guard old?.desiredStatus != task.desiredStatus else { return }
        if let old { list(old.desiredStatus) { $0.remove(old.id) } }
        list(task.desiredStatus) { $0.insert(task.id) }
    }

    mutating func remove(_ task: ECSTask) {
        counts.count(task, by: -1)
        list(task.desiredStatus) { $0.remove(task.id) }
    }

    private mutating func list(
        _ desired: DesiredStatus, _ change: (inout OrderedIDs<TaskKind>) -> Void
    ) {
        if desired == .running { change(&running) } else { change(&stopped) }
    }
}

/// How many tasks are how far.
public struct TaskCounts: Hashable, Sendable {
    /// RUNNING.
    public private(set) var running = 0
    /// Wanted RUNNING but not yet there.
    public private(set) var pending = 0
    /// Wanted RUNNING and not STOPPED.
    public private(set) var wanted = 0

    public init() {}

    /// Counts tasks as ECS does for services, deployments and clusters.
    public init(_ tasks: some Sequence<ECSTask>) {
        for task in tasks { count(task, by: 1) }
    }

    mutating func count(_ task: ECSTask, by sign: Int) {
        let isWanted = task.desiredStatus == .running
        switch task.lastStatus {
        case .running: running += sign
        case .provisioning, .pending, .activating: if isWanted { pending += sign }
        default: break
        }
        if isWanted, task.lastStatus != .stopped { wanted += sign }
    }
}

/// Whose tasks are listed.
public enum TaskScope: Hashable, Sendable {
    case cluster(ClusterID)
    case service(ServiceID)
    case instance(InstanceID)
}

extension ClusterState {
    public func counts(of cluster: ClusterID) -> TaskCounts {
        indexes.tasksOfCluster[cluster]?.counts ?? TaskCounts()
    }

    public func counts(of service: ServiceID) -> TaskCounts {
        indexes.tasksOfService[service]?.lists.counts ?? TaskCounts()
    }

    /// Of the tasks of one deployment (or task set) of a service.
    public func counts(of deployment: DeploymentID, of service: ServiceID) -> TaskCounts {
        indexes.tasksOfService[service]?.counts(of: deployment) ?? TaskCounts()
    }

    /// Ids of tasks by id, from after one on; STOPPED ones too, while they are kept.
    ///
    /// - Parameters:
    ///   - maximum: How many at most.
    ///   - isListed: Which of those with the desired status.
    public func taskIDs(
        of scope: TaskScope, wanted desired: DesiredStatus, after id: TaskID?, atMost maximum: Int,
        where isListed: (ECSTask) -> Bool
    ) -> [TaskID] {
        guard maximum > 0 else { return [] }
        if case .instance(let instance) = scope {
            let some = tasks(on: instance).lazy.filter { $0.desiredStatus == desired }
                .filter(isListed).map(\.id).drop { $0 <= (id ?? $0) && id != nil }
            return Array(some.prefix(maximum))
        }
        var found: [TaskID] = []
        lists(of: scope)?[desired].visit(after: id) { next in
            if let task = tasks[next], isListed(task) { found.append(next) }
            return found.count < maximum
        }
        return found
    }

    private func lists(of scope: TaskScope) -> TaskLists? {
        switch scope {
        case .cluster(let cluster): indexes.tasksOfCluster[cluster]
        case .service(let service): indexes.tasksOfService[service]?.lists
        case .instance: nil
        }
    }
}
