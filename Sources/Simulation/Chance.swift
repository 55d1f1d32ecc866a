import Model

/// One stream of randomness for one concern. Streams of a seed are independent of each other, so
/// that a draw more in one shifts none of the others: a fault kind can be turned off, and all else
/// stays.
struct Chance: Sendable {
    private var random: SeededRandom

    init(seed: UInt64, concern: String, number: Int = 0) {
        // FNV-1a over the concern's name: the same on every run and machine.
        var mixed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in concern.utf8 { mixed = (mixed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        mixed = (mixed ^ UInt64(truncatingIfNeeded: number)) &* 0x100_0000_01b3
        var first = SeededRandom(seed: seed)
        random = SeededRandom(seed: first.next() ^ mixed)
    }

    mutating func below(_ bound: Int) -> Int {
        bound > 0 ? Int(random.next() % UInt64(bound)) : 0
    }

    mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(random.next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True so many times in a thousand.
    mutating func happens(_ perMille: Int) -> Bool {
        perMille > 0 && Int(random.next() % 1_000) < perMille
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// Small values often, large ones sometimes: each power of two as likely as the next.
    mutating func skewed(upTo bound: Int64) -> Int64 {
        guard bound > 1 else { return bound }
        let bits = Int64(64 - bound.leadingZeroBitCount)
        return min(bound, within(1...1 << within(1...bits)))
    }

    /// For a core's own generator.
    mutating func seed() -> UInt64 { random.next() }

    mutating func identifier<Kind>() -> Identifier<Kind> { random.identifier() }
}
