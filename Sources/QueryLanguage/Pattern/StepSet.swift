/// A set of the steps of a pattern. The first 64, which most patterns do with, need no memory of
/// their own.
struct StepSet: Sendable {
    private var low: UInt64 = 0
    private var more: [UInt64]

    init(count: Int) {
        more = Array(repeating: 0, count: max(0, (count - 1) / 64))
    }

    var isEmpty: Bool { low == 0 && more.allSatisfy { $0 == 0 } }

    func contains(_ step: Int) -> Bool {
        let word = step < 64 ? low : more[step / 64 - 1]
        return word & 1 << UInt64(step % 64) != 0
    }

    func forEach(_ body: (Int) -> Void) {
        Self.forEach(low, from: 0, body)
        for (index, word) in more.enumerated() { Self.forEach(word, from: 64 * (index + 1), body) }
    }

    private static func forEach(_ word: UInt64, from start: Int, _ body: (Int) -> Void) {
        var word = word
        while word != 0 {
            body(start + word.trailingZeroBitCount)
            word &= word - 1
        }
    }

    mutating func insert(_ step: Int) {
        let bit: UInt64 = 1 << UInt64(step % 64)
        if step < 64 { low |= bit } else { more[step / 64 - 1] |= bit }
    }

    /// - Parameter other: A set of the same pattern.
    mutating func formUnion(_ other: StepSet) {
        low |= other.low
        for index in more.indices { more[index] |= other.more[index] }
    }

    mutating func removeAll() {
        low = 0
        for index in more.indices { more[index] = 0 }
    }
}
