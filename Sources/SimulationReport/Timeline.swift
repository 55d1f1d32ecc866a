/// What happened in a run, or in a real cluster's history, as it can be drawn. Times are
/// milliseconds since whoever watched began.
public struct Timeline: Sendable {
    public var start: Int64
    public var end: Int64
    /// When the faults stopped, in a simulation.
    public var healedAt: Int64?
    public var services: [ServiceTrack] = []
    /// The manager first, then workers by name.
    public var lanes: [Lane] = []
    /// How often a container started that lived already.
    public var duplicates = 0
    /// How long containers ran on after their task had been given up and replaced.
    public var leftovers: [Int64] = []
    /// Whether containers were seen themselves, or only what the manager knew of them.
    public var sawContainers = false

    public init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }
}

/// One service over time.
public struct ServiceTrack: Sendable {
    /// What holds from a moment until the next sample.
    public struct Sample: Hashable, Sendable {
        public var time: Int64
        public var running: Int
        public var desired: Int
        public var minimum: Int
        /// What brought it about, if it was for the worse.
        public var cause: String

        public init(
            time: Int64, running: Int, desired: Int, minimum: Int, cause: String = ""
        ) {
            self.time = time
            self.running = running
            self.desired = desired
            self.minimum = minimum
            self.cause = cause
        }
    }

    /// A host was lost and took tasks.
    public struct Loss: Hashable, Sendable {
        public var time: Int64
        public var worker: String
        public var tasks: Int

        public init(time: Int64, worker: String, tasks: Int) {
            self.time = time
            self.worker = worker
            self.tasks = tasks
        }
    }

    /// A deployment began or was completed.
    public struct Rollout: Hashable, Sendable {
        public var time: Int64
        public var text: String
        public var isEnd: Bool

        public init(time: Int64, text: String, isEnd: Bool) {
            self.time = time
            self.text = text
            self.isEnd = isEnd
        }
    }

    public var name: String
    public var samples: [Sample] = []
    public var losses: [Loss] = []
    public var rollouts: [Rollout] = []
    /// When it was deleted.
    public var end: Int64?

    public init(name: String) {
        self.name = name
    }
}

/// The manager or one worker over time.
public struct Lane: Sendable {
    public struct Band: Hashable, Sendable {
        public enum Kind: String, CaseIterable, Sendable {
            /// The host or the process is not there.
            case down
            /// The agent is not there; containers go on.
            case agent
            case paused
            /// Its link passes nothing, one way or both.
            case cut
            /// Its link or disk is slow.
            case slow
            /// At once over: a connection broke, a clock jumped.
            case blip
            /// The manager gave it up.
            case lost
        }

        public var kind: Kind
        public var start: Int64
        public var end: Int64
        public var label: String

        public init(kind: Kind, start: Int64, end: Int64, label: String) {
            self.kind = kind
            self.start = start
            self.end = end
            self.label = label
        }
    }

    public var name: String
    public var bands: [Band] = []

    public init(name: String) {
        self.name = name
    }
}
