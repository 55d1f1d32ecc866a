public import Model

extension WorkerCore {
    public enum Security: Hashable, Sendable {
        /// Nothing is proved: to a manager that serves without TLS.
        case plaintext
        /// The worker shows a certificate, which it gets with a token when it has none.
        case mutualTLS
    }

    /// What a worker is, and its bounds. Fixed for a run of the agent.
    public struct Settings: Sendable {
        public var name: String
        public var cluster: String
        /// Empty means the manager's default region.
        public var region: String
        /// Drawn at the agent's start.
        public var agent: AgentID
        /// Where managers listen, `host:port`; tried in turn.
        public var managers: [String]
        public var resources: Resources
        public var attributes: [Attribute]
        public var agentVersion: String
        public var runtime: String
        /// Seconds from the stop signal to SIGKILL for containers whose definition does not say;
        /// `nil` leaves it to ``TaskLifecycle``.
        public var stopTimeout: Int?

        /// How connections to managers are made.
        public var security = Security.plaintext

        /// Tasks that the worker holds at a time; one more is refused and reported so.
        public var tasksMaximum = 2_000
        /// Reports in one call.
        public var reportBatchMaximum = 256
        /// Ended tasks that are remembered so as never to start again.
        public var endedTasksMaximum = 10_000
        /// Addresses of managers that are kept, configured and learned together.
        public var managersMaximum = 16
        /// How long the manager may take to accept a connection, and then to answer a registration.
        public var connectTimeout = Duration.seconds(5)
        /// How long joining may take, connections and all, and then renewing.
        public var joinTimeout = Duration.seconds(20)
        public var renewTimeout = Duration.seconds(10)
        /// How long the manager may take to store reports.
        public var reportTimeout = Duration.seconds(10)
        /// How long the complete set of assignments, or its next part, may take.
        public var assignmentsTimeout = Duration.seconds(8)
        /// Bytes of reports in a registration, roughly: what is beyond is only named there and told
        /// in full afterwards. A message has 4 MiB.
        public var inventoryBytesMaximum = 3 << 20

        public init(
            name: String, cluster: String, region: String = "", agent: AgentID,
            managers: [String], resources: Resources, attributes: [Attribute] = [],
            agentVersion: String = "", runtime: String = "process"
        ) {
            self.name = name
            self.cluster = cluster
            self.region = region
            self.agent = agent
            self.managers = managers
            self.resources = resources
            self.attributes = attributes
            self.agentVersion = agentVersion
            self.runtime = runtime
        }
    }
}
