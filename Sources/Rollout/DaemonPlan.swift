public import Model

/// The instances of a cluster as a DAEMON service sees them.
public struct DaemonView: Hashable, Sendable {
    public struct Place: Hashable, Sendable {
        public var instance: InstanceID
        /// It is ACTIVE, connected, and meets the service's constraints.
        public var isEligible: Bool
        /// What it has stays though it is not eligible: it drains and has tasks of others yet,
        /// which go first, or nobody can tell it anything.
        public var keepsTasks: Bool
        /// Of this service, wanted RUNNING.
        public var tasks: [ServiceView.Task]
        /// How many of this service were told to stop and have not stopped yet.
        public var stopping: Int

        public init(
            instance: InstanceID, isEligible: Bool, keepsTasks: Bool = false,
            tasks: [ServiceView.Task] = [], stopping: Int = 0
        ) {
            self.instance = instance
            self.isEligible = isEligible
            self.keepsTasks = keepsTasks
            self.tasks = tasks
            self.stopping = stopping
        }
    }

    /// In the order in which they get their tasks.
    public var places: [Place]
    public var minimumHealthyPercent: Int
    /// Whether one task may go at a time though the percent leaves none.
    public var goesOn = false
    /// Whether the PRIMARY deployment has FAILED, so that it launches nothing.
    public var hasFailed: Bool

    public init(places: [Place], minimumHealthyPercent: Int = 0, hasFailed: Bool = false) {
        self.places = places
        self.minimumHealthyPercent = minimumHealthyPercent
        self.hasFailed = hasFailed
    }
}

/// One task on each instance that meets the constraints (ECS Developer Guide, "Amazon ECS
/// services", DAEMON): never two on one, so an old task has stopped before the new one comes, and
/// as many stop at a time as the minimum healthy percent leaves.
public struct DaemonPlan: Hashable, Sendable {
    /// As many as there are eligible instances.
    public private(set) var desiredCount = 0
    /// Where to start a task.
    public private(set) var start: [InstanceID] = []
    public private(set) var stop: [TaskID] = []
    /// Tasks to stop because they are unhealthy; not in ``stop``.
    public private(set) var stopUnhealthy: [TaskID] = []
    /// A deployment can't go on, since the minimum healthy percent leaves no task to stop.
    public private(set) var isBlocked = false
    /// One healthy task of the PRIMARY deployment is on each eligible instance, and no other.
    public private(set) var isSteady = false

    public init(_ view: DaemonView) {
        desiredCount = view.places.count { $0.isEligible }
        let percent = min(max(view.minimumHealthyPercent, 0), 100)
        let least = (desiredCount * percent + 99) / 100
        let lower = view.goesOn ? min(least, max(desiredCount - 1, 0)) : least
        let present = view.places.filter(\.isEligible).flatMap(\.tasks)
        var spare = Spare(
            running: present.count { $0.status == .running } - lower,
            healthy: present.count { $0.counts } - lower)
        var sickTasks: [ServiceView.Task] = []
        for place in view.places {
            if place.isEligible {
                let before = stop.count
                tend(place, &spare, mayStart: !view.hasFailed)
                let gone = stop[before...]
                sickTasks += place.tasks.filter { $0.isSick && !gone.contains($0.id) }
            } else if !place.keepsTasks {
                stop += place.tasks.map(\.id)
            }
        }
        if !view.hasFailed { replace(sickTasks, of: view, lower: lower) }
        judge(view)
    }

    /// An instance has no room for two, so an unhealthy task goes before its replacement comes: all
    /// that the minimum healthy percent can do without, else one at a time.
    private mutating func replace(_ sick: [ServiceView.Task], of view: DaemonView, lower: Int) {
        let tasks = view.places.filter(\.isEligible).flatMap(\.tasks)
        if tasks.count(where: \.counts) >= lower {
            stopUnhealthy = sick.map(\.id)
        } else if start.isEmpty, stop.isEmpty, view.places.allSatisfy({ $0.stopping == 0 }),
            tasks.allSatisfy({ $0.isSick || $0.counts })
        {
            stopUnhealthy = sick.prefix(1).map(\.id)
        }
    }

    /// Keeps the newest task of an instance and stops the others; starts one where there is none.
    private mutating func tend(
        _ place: DaemonView.Place, _ spare: inout Spare, mayStart: Bool
    ) {
        let newest = place.tasks.first { $0.isNew }
        for task in place.tasks where task.id != newest?.id && spare.allows(task) {
            stop.append(task.id)
        }
        if mayStart, place.tasks.isEmpty, place.stopping == 0 { start.append(place.instance) }
    }

    private mutating func judge(_ view: DaemonView) {
        let isComplete = view.places.allSatisfy { place in
            place.isEligible
                ? place.tasks.count == 1 && place.tasks[0].isNew : place.tasks.isEmpty
        }
        let isSettling = view.places.contains { place in
            place.stopping > 0 || place.tasks.contains { !$0.isHealthy || $0.isUncertain }
        }
        isSteady = isComplete && !isSettling
        isBlocked =
            !isSettling && !view.hasFailed && start.isEmpty && stop.isEmpty
            && stopUnhealthy.isEmpty
            && view.places.contains { $0.isEligible && $0.tasks.contains { !$0.isNew } }
    }
}

/// How many more tasks run, and are healthy, than must be.
private struct Spare {
    var running: Int
    var healthy: Int

    /// Whether a task may go; it is counted off then. What does not run goes freely, what runs
    /// without being healthy while enough run.
    mutating func allows(_ task: ServiceView.Task) -> Bool {
        let runs = task.status == .running
        if runs && running <= 0 || task.counts && healthy <= 0 { return false }
        if runs { running -= 1 }
        if task.counts { healthy -= 1 }
        return true
    }
}
