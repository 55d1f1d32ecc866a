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

    public var task: TaskID
    /// `nil` for a task that is not protected.
    public var until: WallTime?

    public init(task: TaskID, until: WallTime?) {
        self.task = task
        self.until = until
    }
}
