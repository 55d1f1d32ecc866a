/// Characters that a step of a pattern can take, in ascending ranges that do not touch.
struct ScalarSet: Hashable, Sendable {
    private var ranges: [ClosedRange<UInt32>]

    private static let greatest: UInt32 = 0x10_FFFF

    init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = self.ranges.last, range.lowerBound <= last.upperBound + 1 else {
                self.ranges.append(range)
                continue
            }
            let upper = max(last.upperBound, range.upperBound)
            self.ranges[self.ranges.count - 1] = last.lowerBound...upper
        }
    }

    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    init(union sets: [ScalarSet]) { self.init(sets.flatMap(\.ranges)) }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        for range in ranges where scalar.value <= range.upperBound {
            return scalar.value >= range.lowerBound
        }
        return false
    }

    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var start: UInt32 = 0
        for range in ranges {
            if range.lowerBound > start { gaps.append(start...range.lowerBound - 1) }
            start = range.upperBound + 1
        }
        if start <= Self.greatest { gaps.append(start...Self.greatest) }
        return ScalarSet(gaps)
    }

    static let digits = ScalarSet(["0"..."9"].map(\.values))
    static let word = ScalarSet(["0"..."9", "A"..."Z", "_"..."_", "a"..."z"].map(\.values))
    static let space = ScalarSet(["\t"..."\r", " "..." "].map(\.values))
    /// What `.` takes: all but the ends of lines.
    static let any = ScalarSet(
        ["\n"..."\n", "\r"..."\r", "\u{85}"..."\u{85}", "\u{2028}"..."\u{2029}"].map(\.values)
    ).inverted
}

extension ClosedRange<Unicode.Scalar> {
    fileprivate var values: ClosedRange<UInt32> { lowerBound.value...upperBound.value }
}
