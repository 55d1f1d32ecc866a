/// Whether a task is protected from scale-in and deployments, as the API tells it.
public struct TaskProtection: Hashable, Sendable {
    /// A task whose protection could not be changed or told.
    public struct Failure: Hashable, Sendable {
        public var task: TaskID
        /// `MISSING`, `TASK_NOT_VALID` or `DEPLOYMENT_BLOCKED`.
        public var reason: String
        public var detail: String?

        public init(task: TaskID, reason: String, detail: String? = nil) {
            self.task = task
            self.reason = reason
            self.detail = detail
        }

        public static func missing(_ task: TaskID) -> Self {
            Self(task: task, reason: "MISSING", detail: "The specified task was not found.")
        }

        public static func ofNoService(_ task: TaskID) -> Self {
            Self(
                task: task, reason: "TASK_NOT_VALID",
                detail: "The specified task is not part of a service.")
        }
    }

    /// How long a protection may be, in minutes, and how long one is that does not say.
    public static let minutes = 1...2_880
    public static let minutesStandard = 120

    public var task: TaskID
    /// `nil` for a task that is not protected.
    public var until: WallTime?

    public init(task: TaskID, until: WallTime?) {
        self.task = task
        self.until = until
    }
}

/// What is to become of a task's protection.
public struct TaskProtectionChange: Hashable, Sendable {
    public var isEnabled: Bool
    /// From now on; `nil` means ``TaskProtection/minutesStandard``.
    public var minutes: Int?

    public init(isEnabled: Bool, minutes: Int? = nil) {
        self.isEnabled = isEnabled
        self.minutes = minutes
    }
}

/// What a worker asks of a task's protection, for one of its containers.
public struct ProtectTask: Hashable, Sendable {
    public var session: SessionID
    public var task: TaskID
    /// `nil` only asks.
    public var change: TaskProtectionChange?

    public init(session: SessionID, task: TaskID, change: TaskProtectionChange? = nil) {
        self.session = session
        self.task = task
        self.change = change
    }
}

/// A task's protection as it is then, or why it can't be told or changed, in ECS's words.
public enum TaskProtectionAnswer: Hashable, Sendable {
    /// `nil` for a task that is not protected.
    case protected(until: WallTime?)
    case failure(reason: String, detail: String)
}
