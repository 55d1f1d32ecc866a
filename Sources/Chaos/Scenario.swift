/// A failure test: a cluster, what runs on it, what goes wrong when, and what must hold.
public struct Scenario: Hashable, Sendable {
    /// Simulated or local workers, all alike: worker-1, worker-2, …
    public struct Cluster: Hashable, Sendable {
        public var workers = 3
        /// CPU units of each.
        public var cpu = 4_096
        /// MiB of each.
        public var memory = 4_096

        public init() {}

        public var names: [String] { (1...max(1, workers)).map { "worker-\($0)" } }
    }

    public struct Service: Hashable, Sendable {
        public var name: String
        public var count: Int
        /// A file as `aws ecs register-task-definition --cli-input-json` takes it, beside the
        /// scenario's; `nil` for a task that sleeps.
        public var definition: String?
        public var minimumPercent = 100
        public var maximumPercent = 200

        public init(name: String, count: Int) {
            self.name = name
            self.count = count
        }
    }

    /// What operators do meanwhile.
    public enum Change: Hashable, Sendable {
        case redeploy(service: String)
        case scale(service: String, count: Int)
        case drain(worker: String)
        case activate(worker: String)
    }

    public enum Action: Hashable, Sendable {
        case fault(Fault)
        case change(Change)
    }

    public struct Step: Hashable, Sendable {
        /// Milliseconds since all services had their tasks.
        public var at: Int64
        public var action: Action

        public init(at: Int64, _ action: Action) {
            self.at = at
            self.action = action
        }
    }

    /// Faults that the seed draws.
    public struct Drawn: Hashable, Sendable {
        public var kinds: [Fault.Kind]
        /// Mean milliseconds from the end of one to the start of the next.
        public var every: Int64
        /// Milliseconds of each.
        public var duration: ClosedRange<Int64>
        /// Milliseconds in which they begin.
        public var until: Int64

        public init(
            kinds: [Fault.Kind], every: Int64, duration: ClosedRange<Int64>, until: Int64
        ) {
            self.kinds = kinds
            self.every = every
            self.duration = duration
            self.until = until
        }
    }

    /// What must hold beside what always must: the invariants of the history, all services whole
    /// in the end, nothing left behind.
    public struct Expectations: Hashable, Sendable {
        /// Milliseconds from a fault until services have all their tasks again.
        public var restoredWithin: Int64?
        /// Per service, the tasks that it must always have.
        public var neverBelow: [String: Int] = [:]
        /// The workers that are declared lost, no others; `nil` for whatever comes.
        public var lost: Set<String>?
        /// Tasks that may stop, for whatever reason; `nil` for any number.
        public var stoppedAtMost: Int?

        public init() {}
    }

    public var name: String
    public var about = ""
    public var cluster = Cluster()
    public var services: [Service] = []
    public var steps: [Step] = []
    public var drawn: Drawn?
    public var expected = Expectations()
    /// Milliseconds from the last fault's end until all must be whole again.
    public var restWithin: Int64 = 30_000

    public init(name: String) {
        self.name = name
    }

    /// The same with more time where time is judged, for a machine that has other work.
    public func patient(_ times: Int) -> Scenario {
        var copy = self
        copy.expected.restoredWithin = expected.restoredWithin.map { $0 * Int64(times) }
        copy.restWithin *= Int64(times)
        return copy
    }
}

extension Scenario.Change: CustomStringConvertible {
    public var description: String {
        switch self {
        case .redeploy(let service): "redeploy \(service)"
        case .scale(let service, let count): "scale \(service) to \(count)"
        case .drain(let worker): "drain \(worker)"
        case .activate(let worker): "activate \(worker)"
        }
    }
}

extension Scenario.Action: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fault(let fault): "\(fault)"
        case .change(let change): "\(change)"
        }
    }
}
