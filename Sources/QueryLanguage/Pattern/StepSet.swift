/// A set of the steps of a pattern, as words of 64.
struct StepSet: Sendable {
    private(set) var words: [UInt64]

    init(count: Int) {
        words = Array(repeating: 0, count: Self.words(for: count))
    }

    /// How many words a set of so many steps has.
    static func words(for count: Int) -> Int { max(1, (count + 63) / 64) }

    mutating func insert(_ step: Int) {
        words[step / 64] |= 1 << UInt64(step % 64)
    }
}
