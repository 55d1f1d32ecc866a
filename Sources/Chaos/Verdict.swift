public import SimulationReport

/// What was seen of a scenario when it was run.
public struct Evidence: Sendable {
    /// One fault as it was, in milliseconds of the timeline.
    public struct Happened: Hashable, Sendable {
        public var fault: Fault
        public var start: Int64
        public var end: Int64

        public init(_ fault: Fault, start: Int64, end: Int64) {
            self.fault = fault
            self.start = start
            self.end = end
        }
    }

    public var timeline: Timeline
    /// The earliest first.
    public var faults: [Happened]
    /// An invariant of the history that did not hold.
    public var violation: String?
    /// Milliseconds from the end of the schedule until all services were whole; `nil` when they
    /// were not in time.
    public var restedAfter: Int64?
    /// What was found when all was over that should not have been, in words.
    public var leftBehind: [String]
    /// Tasks that stopped, for whatever reason.
    public var stopped: Int

    public init(
        timeline: Timeline, faults: [Happened], violation: String?, restedAfter: Int64?,
        leftBehind: [String], stopped: Int
    ) {
        self.timeline = timeline
        self.faults = faults
        self.violation = violation
        self.restedAfter = restedAfter
        self.leftBehind = leftBehind
        self.stopped = stopped
    }
}

/// What must hold, and whether it did.
public struct Verdict: Hashable, Sendable {
    public var expectation: String
    public var bound: String
    public var measured: String
    public var isMet: Bool

    public init(_ expectation: String, bound: String, measured: String, isMet: Bool) {
        self.expectation = expectation
        self.bound = bound
        self.measured = measured
        self.isMet = isMet
    }

    /// All verdicts on a run, in a fixed order.
    public static func all(on scenario: Scenario, _ seen: Evidence) -> [Verdict] {
        var verdicts = [
            Verdict(
                "the history's invariants", bound: "hold",
                measured: seen.violation ?? "held", isMet: seen.violation == nil),
            Verdict(
                "all services whole after the faults", bound: "≤ \(scenario.restWithin) ms",
                measured: seen.restedAfter.map { "\($0) ms" } ?? "not in time",
                isMet: seen.restedAfter.map { $0 <= scenario.restWithin } ?? false),
            Verdict(
                "nothing left behind", bound: "none",
                measured: seen.leftBehind.isEmpty
                    ? "none" : seen.leftBehind.joined(separator: "; "),
                isMet: seen.leftBehind.isEmpty),
        ]
        let expected = scenario.expected
        if let bound = expected.restoredWithin { verdicts.append(restored(within: bound, seen)) }
        for (name, least) in expected.neverBelow.sorted(by: { $0.key < $1.key }) {
            verdicts.append(never(below: least, name, seen))
        }
        if let lost = expected.lost { verdicts.append(exactly(lost, seen)) }
        if let most = expected.stoppedAtMost {
            verdicts.append(
                Verdict(
                    "tasks that stopped", bound: "≤ \(most)", measured: "\(seen.stopped)",
                    isMet: seen.stopped <= most))
        }
        return verdicts
    }

    private static func restored(within bound: Int64, _ seen: Evidence) -> Verdict {
        let recoveries = Recovery.all(in: seen)
        let open = recoveries.filter { $0.duration == nil }
        let worst = recoveries.compactMap(\.duration).max()
        let measured =
            open.first.map { "not after \($0.fault)" } ?? worst.map { "worst \($0) ms" }
            ?? "no service was short of tasks"
        return Verdict(
            "services whole again after each fault", bound: "≤ \(bound) ms", measured: measured,
            isMet: open.isEmpty && (worst ?? 0) <= bound)
    }

    private static func never(below least: Int, _ name: String, _ seen: Evidence) -> Verdict {
        let service = Availability(seen.timeline).services.first { $0.name == name }
        return Verdict(
            "tasks of \(name)", bound: "≥ \(least)",
            measured: service.map { "lowest \($0.lowest)" } ?? "it was not seen",
            isMet: (service?.lowest ?? -1) >= least)
    }

    private static func exactly(_ expected: Set<String>, _ seen: Evidence) -> Verdict {
        let lost = Set(
            seen.timeline.lanes.filter { $0.bands.contains { $0.kind == .lost } }.map(\.name))
        func text(_ names: Set<String>) -> String {
            names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
        }
        return Verdict(
            "workers declared lost", bound: text(expected), measured: text(lost),
            isMet: lost == expected)
    }
}

/// How long services were short of tasks after a fault.
public struct Recovery: Hashable, Sendable {
    public var fault: Fault
    public var service: String
    public var start: Int64
    /// Milliseconds from the fault's start; `nil` when it was not over before the next fault, or
    /// at all.
    public var duration: Int64?

    package init(fault: Fault, service: String, start: Int64, duration: Int64?) {
        self.fault = fault
        self.service = service
        self.start = start
        self.duration = duration
    }

    /// Those of all faults after which a service was short, in the order of the faults.
    public static func all(in seen: Evidence) -> [Recovery] {
        let starts = seen.faults.map(\.start).sorted()
        return seen.faults.flatMap { happened in
            let next = starts.first { $0 > happened.start } ?? seen.timeline.end
            return seen.timeline.services.compactMap { track in
                one(of: track, after: happened, until: next)
            }
        }
    }

    private static func one(
        of track: ServiceTrack, after happened: Evidence.Happened, until next: Int64
    ) -> Recovery? {
        // What held as the fault began is the last sample before.
        let since = track.samples.lastIndex { $0.time <= happened.start } ?? 0
        let within = track.samples[since...].prefix { $0.time <= next }
        guard let first = within.first else { return nil }
        var isShort = first.running < first.desired
        var wasShort = isShort
        var whole: Int64?
        for (sample, before) in zip(within.dropFirst(), within) {
            if isShort {
                guard sample.running >= sample.desired else { continue }
                isShort = false
                whole = sample.time
            } else if sample.running < sample.desired, sample.running < before.running {
                // A service that only wants more than before has lost nothing.
                isShort = true
                wasShort = true
            }
        }
        guard wasShort else { return nil }
        return Recovery(
            fault: happened.fault, service: track.name, start: happened.start,
            duration: isShort ? nil : whole.map { $0 - happened.start })
    }
}
