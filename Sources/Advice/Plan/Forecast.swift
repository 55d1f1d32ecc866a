/// What a change would do, as it was tried on a copy of the manager's core in virtual time. Times
/// are milliseconds from the change.
public struct Forecast: Codable, Hashable, Sendable {
    public enum Verdict: String, Codable, Sendable {
        /// All comes to stand as wished.
        case finishes = "FINISHES"
        /// Nothing starts or stops.
        case nothing = "NOTHING_TO_DO"
        /// Some task finds no instance with room for it.
        case noRoom = "NO_ROOM"
        /// A service's bounds allow no task to start and none to stop.
        case blocked = "BLOCKED"
        /// Tasks are left that are protected from being stopped.
        case protected = "PROTECTED"
        /// A deployment is given up by its circuit breaker.
        case fails = "FAILS"
        /// An instance that is to be drained keeps tasks that no service started.
        case tasksStay = "TASKS_STAY"
        /// It was not over within the bounds of what is tried.
        case undecided = "UNDECIDED"

        /// Whether the change can be carried out to its end.
        public var isGood: Bool { self == .finishes || self == .nothing }
    }

    /// What tasks of one definition do at one moment.
    public struct Step: Codable, Hashable, Sendable {
        public enum Action: String, Codable, Sendable {
            /// The manager starts tasks, or tells them to stop.
            case start, stop
            /// They have come to run, or have stopped.
            case running, stopped
        }

        public var at: Int64
        public var action: Action
        public var count: Int
        /// `service:<name>`, or what RunTask said.
        public var group: String
        public var taskDefinition: String
        /// On which workers, by name, and how many on each.
        public var workers: [String: Int]
    }

    /// What all tasks of the cluster hold together.
    public struct Load: Codable, Hashable, Sendable {
        public var at: Int64 = 0
        public var tasks = 0
        public var cpu = 0
        public var memory = 0
    }

    /// A service that the change moves.
    public struct Service: Codable, Hashable, Sendable {
        public var name: String
        public var definitionBefore: String
        public var definitionAfter: String
        public var desiredBefore: Int
        public var desiredAfter: Int
        public var runningBefore: Int
        public var runningAfter: Int
        public var started: Int
        public var stopped: Int
        /// The fewest tasks wanted RUNNING that ran at any time, and the most that were wanted.
        public var lowestRunning: Int
        public var highestWanted: Int
        public var rolloutState: String
        /// Whether it was as wished before the change.
        public var wasSteady: Bool
        /// Of the end.
        public var verdict: ServiceAccount.Verdict
        public var summary: String
        public var remedies: [String]
        /// What first stood in its way, and when, though it may have gone on later.
        public var obstacle: String?
        public var obstacleAt: Int64?
    }

    public var region: String
    public var cluster: String
    /// The operations that were tried.
    public var change: [String]
    /// How long tasks were taken to need to start and to stop.
    public var startMilliseconds: Int64
    public var stopMilliseconds: Int64
    public var verdict: Verdict
    public var reason: String
    /// When all stood as wished, or else when the last thing happened.
    public var duration: Int64
    /// At most ``stepsMaximum``.
    public var steps: [Step]
    public var stepsLeftOut: Int
    /// At the beginning, and when most memory was held.
    public var before: Load
    public var peak: Load
    /// What the instances that can take tasks have together.
    public var capacityCPU: Int
    public var capacityMemory: Int
    public var services: [Service]

    public static let stepsMaximum = 500
}
