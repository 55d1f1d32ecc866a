/// Counts connections, so that no peer has them all.
struct OpenConnections {
    static let maximum = 256
    /// Of one address: a container with a network of its own has its own. Those that share the
    /// host's network share loopback.
    static let ofPeerMaximum = 32

    private var all = 0
    private var peers: [String: Int] = [:]

    /// False where there are too many.
    mutating func enter(_ peer: String) -> Bool {
        let most = peer.hasPrefix("127.") ? Self.maximum : Self.ofPeerMaximum
        guard all < Self.maximum, peers[peer, default: 0] < most else { return false }
        all += 1
        peers[peer, default: 0] += 1
        return true
    }

    mutating func leave(_ peer: String) {
        all -= 1
        let left = peers[peer, default: 1] - 1
        peers[peer] = left > 0 ? left : nil
    }
}
