public import Simulation

/// What came of one run, for a report.
public struct RunReport: Sendable {
    public var seed: UInt64
    /// The cluster and its faults, in a line.
    public var summary: String
    /// The command that gives this run again.
    public var replay: String
    public var availability: Availability
    public var violation: Checker.Violation?
    /// When that was found, in virtual milliseconds.
    public var violatedAt: Int64 = 0
    /// Milliseconds after the faults until all had come to rest.
    public var restedAfter: Int64?
    public var records: UInt64
    public var coreEvents: UInt64

    public init(
        _ outcome: Simulation.Outcome, _ availability: Availability, summary: String? = nil,
        replay: String
    ) {
        seed = outcome.plan.seed
        self.summary = summary ?? outcome.plan.summary
        self.replay = replay
        self.availability = availability
        violation = outcome.failure?.violation
        violatedAt = outcome.failure?.time ?? 0
        restedAfter = outcome.restedAfter
        records = outcome.revisions
        coreEvents = outcome.coreEvents
    }

    /// The least share of its time that a service had its minimum.
    public var share: Double { availability.services.map(\.share).min() ?? 1 }

    var longestShortage: Int64 { availability.services.map(\.longestShortage).max() ?? 0 }

    /// Whether this run went worse than another: a broken invariant first, then availability.
    public func isWorse(than other: RunReport) -> Bool {
        if (violation == nil) != (other.violation == nil) { return violation != nil }
        if share != other.share { return share < other.share }
        return longestShortage > other.longestShortage
    }

    /// What went wrong first.
    public var brokeFirst: String {
        let shortage = availability.firstShortage
        if let violation, shortage.map({ $0.start >= violatedAt }) ?? true {
            return "an invariant at \(Figures.moment(violatedAt)): \(violation)"
        }
        guard let shortage else { return "nothing" }
        return "\(shortage.service) at \(Figures.moment(shortage.start)), "
            + "\(shortage.lowest) of at least \(shortage.minimum) tasks for "
            + "\(Figures.span(shortage.duration)): \(shortage.cause)"
    }
}

/// What came of runs of many seeds.
public struct BatchReport: Sendable {
    /// By seed.
    public let runs: [RunReport]
    /// Of all runs.
    public let recoveries: [Int64]

    /// - Parameter runs: At least one.
    public init?(_ runs: [RunReport]) {
        guard !runs.isEmpty else { return nil }
        self.runs = runs.sorted { $0.seed < $1.seed }
        recoveries = runs.flatMap(\.availability.recoveryTimes).sorted()
    }

    public var violated: [RunReport] { runs.filter { $0.violation != nil } }

    public var worst: RunReport {
        runs.dropFirst().reduce(runs[0]) { $1.isWorse(than: $0) ? $1 : $0 }
    }

    var slowest: (recovery: Availability.Recovery, seed: UInt64)? {
        runs.flatMap { run in run.availability.recoveries.map { (recovery: $0, seed: run.seed) } }
            .max { ($0.recovery.duration ?? .max) < ($1.recovery.duration ?? .max) }
    }

    /// Each service over all runs, by name in the order of its first run.
    var services: [ServiceOverRuns] {
        var names: [String] = []
        for service in runs.flatMap(\.availability.services) where !names.contains(service.name) {
            names.append(service.name)
        }
        return names.map { ServiceOverRuns($0, runs) }
    }
}

/// One service over all runs of a batch.
struct ServiceOverRuns {
    var name: String
    var desired = 0
    var minimum = 0
    var share: Double
    var desiredShare: Double
    var worstShare = 1.0
    var worstSeed: UInt64 = 0
    var longestShortage: Int64 = 0
    var lowest = Int.max

    init(_ name: String, _ runs: [RunReport]) {
        self.name = name
        var measured: Int64 = 0
        var atMinimum: Int64 = 0
        var atDesired: Int64 = 0
        for run in runs {
            for service in run.availability.services where service.name == name {
                measured += service.measured
                atMinimum += service.atMinimum
                atDesired += service.atDesired
                desired = service.desired
                minimum = service.minimum
                longestShortage = max(longestShortage, service.longestShortage)
                lowest = min(lowest, service.lowest)
                if worstSeed == 0 || service.share < worstShare {
                    worstShare = service.share
                    worstSeed = run.seed
                }
            }
        }
        share = ServiceAvailability.share(atMinimum, of: measured)
        desiredShare = ServiceAvailability.share(atDesired, of: measured)
    }
}
