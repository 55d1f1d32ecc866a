import ClusterState

/// Runs whole clusters in virtual time.
public enum Simulation {
    /// What came of a run.
    public struct Outcome: Sendable {
        public let plan: Plan
        public let failure: Failure?
        public let marks: MarkCounts
        /// The same for each run of the same plan.
        public let digest: UInt64
        /// Steps of the cores, and heartbeats answered.
        public let coreEvents: UInt64
        /// Virtual milliseconds in all.
        public let time: Int64
        /// Virtual milliseconds from the end of the faults until all had come to rest.
        public let restedAfter: Int64?
        /// Records in the manager's history.
        public let revisions: UInt64
    }

    /// An invariant that did not hold.
    public struct Failure: Sendable {
        public let violation: Checker.Violation
        /// The number of the world's event at which it was found, and the virtual time.
        public let event: UInt64
        public let time: Int64
        /// The last lines of the log, if there was one.
        public let log: [String]
    }

    public static func run(
        _ plan: Plan, trace: Trace.Mode = .off, watch: Sighting.Watch? = nil
    ) -> Outcome {
        let world = World(plan, trace: trace, watch: watch)
        world.run()
        let failure = world.checker.violation.map {
            Failure(violation: $0, event: world.events, time: world.now, log: world.trace.tail)
        }
        return Outcome(
            plan: plan, failure: failure, marks: world.marks, digest: world.digest.value,
            coreEvents: world.coreEvents, time: world.now,
            restedAfter: world.restedAt.map { $0 - world.healedAt },
            revisions: world.checker.state.revision)
    }
}
