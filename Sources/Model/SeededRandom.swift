/// A deterministic generator (SplitMix64). A core holds one and is seeded from outside, so that the
/// same events give the same identifiers and the same choices.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A fresh identifier.
    public mutating func identifier<Kind>() -> Identifier<Kind> {
        Identifier(high: next(), low: next())
    }

    /// A fresh 19-digit number, as ECS uses for deployments.
    public mutating func nineteenDigits() -> UInt64 {
        1_000_000_000_000_000_000 + next() % 8_000_000_000_000_000_000
    }
}
