import Synchronization

/// What the outbound messages of one connection may hold together. It is taken in blocks, so that a
/// message costs nothing.
final class OutboundBudget: Sendable {
    /// Bytes of a block.
    private static let block = 64 << 10

    private let used = Atomic<Int>(0)
    private let maximum: Int

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// Bytes that are taken.
    var bytes: Int { used.load(ordering: .relaxed) }

    /// Takes whole blocks for at least so many bytes. How many came of it; `nil` when there are not
    /// as many left.
    func take(atLeast bytes: Int) -> Int? {
        let wanted = (bytes + Self.block - 1) / Self.block * Self.block
        let (before, _) = used.add(wanted, ordering: .relaxed)
        if before + wanted <= maximum { return wanted }
        giveBack(wanted)
        return nil
    }

    func giveBack(_ bytes: Int) {
        used.subtract(bytes, ordering: .relaxed)
    }
}
