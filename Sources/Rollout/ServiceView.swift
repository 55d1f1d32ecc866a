public import Model

/// What the plan for a service is made from: its wishes and its tasks as they are.
public struct ServiceView: Hashable, Sendable {
    public struct Task: Hashable, Sendable {
        public var id: TaskID
        /// Of the PRIMARY deployment.
        public var isNew: Bool
        public var status: TaskStatus
        /// Counts for the minimum healthy percent (ECS, `minimumHealthyPercent`).
        public var isHealthy: Bool
        /// It failed its health checks, and is not within the time in which that doesn't count.
        public var isUnhealthy: Bool
        /// Its instance is DRAINING, so it must be replaced.
        public var isDraining: Bool
        /// Nobody can say how it is: its instance is silent but not yet given up, or the manager
        /// itself has just started.
        public var isUncertain: Bool
        /// Neither scale-in nor a deployment may stop it.
        public var isProtected: Bool
        /// Of the older deployment whose tasks are replaced by their like while they are needed.
        public var isHeld: Bool

        public init(
            id: TaskID, isNew: Bool, status: TaskStatus, isHealthy: Bool, isDraining: Bool,
            isUnhealthy: Bool = false, isUncertain: Bool = false, isProtected: Bool = false,
            isHeld: Bool = false
        ) {
            self.id = id
            self.isNew = isNew
            self.status = status
            self.isHealthy = isHealthy
            self.isUnhealthy = isUnhealthy
            self.isDraining = isDraining
            self.isUncertain = isUncertain
            self.isProtected = isProtected
            self.isHeld = isHeld
        }
    }

    public var desiredCount: Int
    public var bounds: DeploymentConfiguration
    /// Tasks wanted RUNNING, in the order in which they should go if some must.
    public var tasks: [Task]
    /// Tasks that were told to stop and have not stopped yet.
    public var stopping: Int
    /// How many of those must be gone before others take their places: they may not live twice.
    public var lingering: Int
    /// How many tasks the older deployment that is held up has lost since a newer took its place,
    /// those that are unhealthy among them.
    public var lost: Int
    /// Whether the PRIMARY deployment has FAILED, so that it launches nothing.
    public var hasFailed: Bool
    /// How many tasks there are beyond the desired count for now: they come up in the place of
    /// others, which stay until then (``RebalancePlan``).
    public var moving: Int

    public init(
        desiredCount: Int, bounds: DeploymentConfiguration, tasks: [Task], stopping: Int = 0,
        lingering: Int = 0, lost: Int = 0, hasFailed: Bool = false,
        moving: Int = 0
    ) {
        self.desiredCount = desiredCount
        self.bounds = bounds
        self.tasks = tasks
        self.stopping = stopping
        self.lingering = lingering
        self.lost = lost
        self.hasFailed = hasFailed
        self.moving = moving
    }
}

/// What a service should do next.
public struct ServicePlan: Hashable, Sendable {
    /// How many tasks of the PRIMARY deployment to start.
    public var start = 0
    /// How many tasks of the older deployment to start, in the place of those that it lost.
    public var restore = 0
    public var stop: [TaskID] = []
    /// Tasks to stop because they are unhealthy; not in ``stop``.
    public var stopUnhealthy: [TaskID] = []
    /// Something must change but the bounds forbid every move and none is under way.
    public var isBlocked = false
    /// The same, but it is protected tasks that stand in the way.
    public var isHeldByProtection = false
    /// Everything is as wished: the desired count runs, healthy, of the PRIMARY deployment alone.
    public var isSteady = false
}
