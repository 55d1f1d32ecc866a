public import Simulation

/// What a real cluster's history says.
public struct HistoryReport: Sendable {
    public var records: UInt64
    /// The revision of the first record that is still there.
    public var first: UInt64
    public var violation: Checker.Violation?
    /// Names of the families of invariants that a history alone can show.
    public static let invariants = [
        "revisions grow by one, each record has a cause",
        "a task is placed once, never moves, its status never goes back",
        "no instance oversubscribed in cpu, memory or host ports",
        "services within their minimum and maximum percent",
        "instances keep their epochs; only stopped tasks are forgotten",
    ]
    public var availability: Availability
    /// Milliseconds from the first record to the last.
    public var span: Int64

    public init(
        records: UInt64, first: UInt64, violation: Checker.Violation?, timeline: Timeline
    ) {
        self.records = records
        self.first = first
        self.violation = violation
        availability = Availability(timeline)
        span = timeline.end - timeline.start
    }

    /// Whether the history is there from its beginning, so that invariants could be checked.
    public var isWhole: Bool { first <= 1 }

    public var verdict: String {
        guard isWhole else {
            return "Invariants were not checked: the first \(first - 1) records are no longer kept."
        }
        guard let violation else { return "All \(Self.invariants.count) kinds of invariant held." }
        return "BROKEN: \(violation)"
    }
}

extension ReportText {
    public static func render(_ report: HistoryReport) -> String {
        guard report.records > 0 else { return "  records       none: nothing to check" }
        var lines = [
            field(
                "records",
                "\(report.records), revisions \(report.first) to "
                    + "\(report.first + report.records - 1)"),
            field("span", Figures.span(report.span)),
        ]
        for (index, invariant) in HistoryReport.invariants.enumerated() where report.isWhole {
            lines.append(field(index == 0 ? "checked" : "", invariant))
        }
        lines.append(field("verdict", report.verdict))
        lines += [""] + services(report.availability) + [""] + facts(report.availability)
        lines.append(
            "  As the manager knew it: a host's death counts from when it was noticed.")
        return lines.joined(separator: "\n")
    }
}
