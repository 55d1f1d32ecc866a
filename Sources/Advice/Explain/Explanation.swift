/// Why a task or a service is as it is. Times are milliseconds since 1970.
public struct Explanation: Codable, Hashable, Sendable {
    /// The revision of the state that this was read from, and the time that it was read for.
    public var revision: UInt64
    public var time: Int64
    public var region: String
    public var cluster: String
    /// One of the two is there.
    public var task: TaskAccount?
    public var service: ServiceAccount?
}

/// What an instance lacks for a task.
public struct Obstacle: Codable, Hashable, Sendable {
    public var instance: String
    /// The name of the worker.
    public var worker: String
    /// As RunTask's failures name it: `RESOURCE:CPU`, `AGENT`, …
    public var reason: String
    public var detail: String
    /// Of amounts: what is needed, what is free, and how much that leaves to be found.
    public var needed: Int?
    public var free: Int?
    public var missing: Int?
    /// The attribute that is missing, the host port that is taken (`80/tcp`), the part of an
    /// expression that does not hold.
    public var what: String?
}

/// How the instances of a cluster looked to a task.
public struct PlacementAccount: Codable, Hashable, Sendable {
    /// What moment this is true of.
    public enum Basis: String, Codable, Sendable {
        /// The one before the task was placed.
        case placement
        /// That of the explanation: what it says of a task that was placed before may not be what
        /// was true then.
        case now
    }

    /// What a task asks for.
    public struct Need: Codable, Hashable, Sendable {
        public var cpu: Int
        public var memory: Int
        public var gpus: Int
        /// Host ports, such as `80/tcp`.
        public var ports: [String]
        public var attributes: [String]
        public var constraints: [String]
        public var strategies: [String]
    }

    /// How many instances one check removed.
    public struct Removed: Codable, Hashable, Sendable {
        public var reason: String
        public var count: Int
    }

    /// An instance that would do.
    public struct Ranked: Codable, Hashable, Sendable {
        public var instance: String
        public var worker: String
        /// What each strategy sees of it, of which the least is best; `nil` without the attribute.
        public var scores: [Int?]
        public var tasks: Int
    }

    public var basis: Basis
    public var need: Need
    /// How many instances were looked at.
    public var candidates: Int
    /// In the order of the checks.
    public var removed: [Removed]
    /// At most ``obstaclesMaximum``.
    public var obstacles: [Obstacle]
    public var nearest: Obstacle?
    /// How many would do.
    public var fitting: Int
    /// The best first, at most ``rankedMaximum``.
    public var ranking: [Ranked]
    /// Of those that would do, how many the strategies leave to chance; 1 where chance has no say.
    public var eligible: Int

    public static let obstaclesMaximum = 50
    public static let rankedMaximum = 10
}

public struct TaskAccount: Codable, Hashable, Sendable {
    public struct Container: Codable, Hashable, Sendable {
        public var name: String
        public var status: String
        public var exitCode: Int?
        public var reason: String?
    }

    /// Why it is on its instance.
    public struct Here: Codable, Hashable, Sendable {
        public var summary: String
        /// Its place in the ranking, from 1; `nil` where it is not among those that would do.
        public var rank: Int?
        /// `nil` where its caller named the instance, or the definition is gone.
        public var placement: PlacementAccount?
    }

    /// Why it is not RUNNING yet.
    public struct Pending: Codable, Hashable, Sendable {
        public var summary: String
        public var since: Int64
    }

    /// Why it stopped, or is to stop, and what followed.
    public struct Stopped: Codable, Hashable, Sendable {
        public var summary: String
        public var code: String?
        public var reason: String?
        public var stoppingAt: Int64?
        public var stoppedAt: Int64?
        public var followed: String
        /// The tasks that its service started next, at most ``nextMaximum``.
        public var startedNext: [Successor]

        public static let nextMaximum = 3
    }

    public struct Successor: Codable, Hashable, Sendable {
        public var id: String
        public var taskDefinition: String
        public var worker: String
        public var lastStatus: String
        public var createdAt: Int64
    }

    public var id: String
    public var taskDefinition: String
    public var group: String
    public var service: String?
    public var deployment: String?
    public var startedBy: String?
    public var instance: String
    public var worker: String
    public var lastStatus: String
    public var desiredStatus: String
    public var createdAt: Int64
    public var startedAt: Int64?
    public var containers: [Container]
    public var here: Here
    public var pending: Pending?
    public var stopped: Stopped?
    /// What its worker says is wrong with itself now.
    public var workerFault: String?
}

public struct ServiceAccount: Codable, Hashable, Sendable {
    /// What keeps a service as it is.
    public enum Verdict: String, Codable, Sendable {
        /// All is as wished.
        case steady = "STEADY"
        /// It starts or stops tasks, or waits for those that do.
        case moving = "MOVING"
        /// No instance can take another task.
        case noRoom = "NO_ROOM"
        /// Its bounds allow no task to start and none to stop.
        case blocked = "BLOCKED"
        /// Only protected tasks are left to stop.
        case protected = "PROTECTED"
        /// Launches are delayed, since tasks failed.
        case throttled = "THROTTLED"
        /// Its deployment failed and launches nothing any more.
        case failed = "FAILED"
        /// It was deleted.
        case draining = "DRAINING"
        case inactive = "INACTIVE"
    }

    /// What the minimum and the maximum percent come to.
    public struct Bounds: Codable, Hashable, Sendable {
        public var minimumHealthyPercent: Int
        public var maximumPercent: Int
        /// So many healthy tasks must stay.
        public var lower: Int
        /// So many tasks may be wanted RUNNING at once.
        public var upper: Int
    }

    public struct Deployment: Codable, Hashable, Sendable {
        public var id: String
        public var isPrimary: Bool
        public var taskDefinition: String
        public var rolloutState: String
        public var rolloutStateReason: String
        public var running: Int
        public var pending: Int
        public var failedTasks: Int
        /// So many failed tasks would fail it; `nil` without a circuit breaker.
        public var failedTasksMaximum: Int?
        public var nextStartAt: Int64?
    }

    public struct Stop: Codable, Hashable, Sendable {
        public var task: String
        public var taskDefinition: String
        public var worker: String
        public var code: String?
        public var reason: String?
        public var exitCodes: [Int]
        public var stoppedAt: Int64?
    }

    public struct Event: Codable, Hashable, Sendable {
        public var at: Int64
        public var message: String
    }

    public var name: String
    public var status: String
    public var schedulingStrategy: String
    public var desired: Int
    public var running: Int
    public var pending: Int
    /// Tasks that were told to stop and have not yet.
    public var stopping: Int
    public var verdict: Verdict
    public var summary: String
    /// What would help, where something is in the way.
    public var remedies: [String]
    /// When what is in the way is tried again, in words and, where it is known, as a time.
    public var nextTry: String?
    public var nextTryAt: Int64?
    /// Tasks that it would start and stop now.
    public var toStart: Int
    public var toStop: Int
    public var bounds: Bounds
    /// Newest first.
    public var deployments: [Deployment]
    /// How the instances look to its next task.
    public var placement: PlacementAccount?
    /// The newest first, at most ``stopsMaximum`` and ``eventsMaximum``.
    public var recentStops: [Stop]
    public var events: [Event]

    public static let stopsMaximum = 5
    public static let eventsMaximum = 5
}
