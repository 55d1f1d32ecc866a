/// Clusters, workers, services and tasks at a glance: what `muster status` shows. Times are
/// milliseconds since 1970.
public struct StatusReport: Codable, Hashable, Sendable {
    /// The revision of the state that this was read from.
    public var revision: UInt64
    public var time: Int64
    public var clusters: [Cluster]

    public struct Cluster: Codable, Hashable, Sendable {
        public var region: String
        public var name: String
        public var arn: String
        public var status: String
        public var workers: [Worker]
        public var services: [Service]
        /// Running tasks first, newest first, then the newest stopped ones; at most
        /// ``StatusReport/tasksMaximum``.
        public var tasks: [Task]
        /// How many tasks are not in ``tasks``.
        public var tasksLeftOut: Int
    }

    public struct Worker: Codable, Hashable, Sendable {
        public var id: String
        public var name: String
        public var status: String
        public var connected: Bool
        /// Grows with each registration.
        public var epoch: UInt64
        public var runtime: String
        public var agentVersion: String
        public var registeredAt: Int64
        public var cpu: Int
        public var cpuReserved: Int
        public var memory: Int
        public var memoryReserved: Int
        public var runningTasks: Int
        public var pendingTasks: Int
        /// Not STOPPED yet, whether they are to run or to stop.
        public var liveTasks: Int
        /// How it is; absent while it has not said so.
        public var health: Health?
    }

    /// What a worker needs to run containers.
    public struct Health: Codable, Hashable, Sendable {
        public var runtime: Finding
        public var disk: Finding
        /// When the worker last said so.
        public var toldAt: Int64
    }

    public struct Finding: Codable, Hashable, Sendable {
        /// What is wrong; absent when nothing is.
        public var fault: String?
        /// When that became so.
        public var changedAt: Int64
    }

    public struct Service: Codable, Hashable, Sendable {
        public var name: String
        public var status: String
        public var taskDefinition: String
        public var desired: Int
        public var running: Int
        public var pending: Int
        /// `IN_PROGRESS`, `COMPLETED` or `FAILED`, of the newest deployment.
        public var rolloutState: String?
        /// When the newest deployment starts tasks again after some failed.
        public var nextStartAt: Int64?
        public var deployments: Int
        public var lastEvent: String?
        public var lastEventAt: Int64?
        /// What its tasks use, as a per cent of what they reserve; absent when that is not known.
        public var cpuUtilisation: Double?
        public var memoryUtilisation: Double?
    }

    public struct Task: Codable, Hashable, Sendable {
        public var id: String
        public var group: String
        public var taskDefinition: String
        /// The name of the worker it is on.
        public var worker: String
        public var lastStatus: String
        public var desiredStatus: String
        public var health: String
        public var createdAt: Int64
        public var startedAt: Int64?
        public var stoppedAt: Int64?
        public var stopCode: String?
        public var stoppedReason: String?
        public var containers: [Container]
    }

    public struct Container: Codable, Hashable, Sendable {
        public var name: String
        public var status: String
        public var exitCode: Int?
        public var reason: String?
        /// How often it was started again in its place by its restart policy.
        public var restarts: Int?
        /// `host port -> container port/protocol`, such as `32768->80/tcp`.
        public var ports: [String]
        /// What it used lately; absent when that is not known.
        public var usage: Usage?
    }

    /// What a container used between its worker's last two measurements.
    public struct Usage: Codable, Hashable, Sendable {
        /// CPU units, 1,024 a core.
        public var cpu: Double
        /// Bytes.
        public var memory: UInt64
        public var memoryLimit: UInt64?
        /// Bytes a second, over a network of its task's own.
        public var received: UInt64
        public var sent: UInt64
        /// 0 where its runtime does not tell.
        public var processes: Int
    }

    /// The most tasks of one cluster in a report.
    public static let tasksMaximum = 1_000
}
