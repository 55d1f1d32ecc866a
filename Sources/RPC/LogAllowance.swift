/// How many lines of a log strangers may fill: so many in a period, then none until it is over, and
/// then one that says how many were left out. No clock: times come in.
package struct LogAllowance: Sendable {
    /// What becomes of a line.
    package enum Verdict: Hashable, Sendable {
        case write
        /// With a time when it is the first: then ``takeLeftOut()`` is to be told.
        case leaveOut(tellAfter: Duration?)
    }

    private let lines: Int
    private let period: Duration
    private var endsAt: Duration?
    private var written = 0
    private var leftOut = 0

    package init(lines: Int = 10, period: Duration = .seconds(1)) {
        self.lines = lines
        self.period = period
    }

    /// Asks for one line, at a time of a clock that does not go back.
    package mutating func ask(at now: Duration) -> Verdict {
        let end: Duration
        if let endsAt, now < endsAt {
            end = endsAt
        } else {
            end = now + period
            endsAt = end
            written = 0
        }
        if written < lines {
            written += 1
            return .write
        }
        leftOut += 1
        return .leaveOut(tellAfter: leftOut == 1 ? end - now : nil)
    }

    /// How many lines were left out since it was told last.
    package mutating func takeLeftOut() -> Int {
        defer { leftOut = 0 }
        return leftOut
    }
}
