/// Where managers may be found, and which is next.
struct ManagerAddresses: Sendable {
    let configured: [String]
    let maximum: Int
    private var all: [String]
    private var index = 0

    init(configured: [String], maximum: Int) {
        self.configured = configured
        self.maximum = maximum
        all = Self.distinct(configured, maximum)
    }

    /// `nil` when no address is configured.
    var current: String? { all.isEmpty ? nil : all[index % all.count] }

    /// Moves on after a failure.
    mutating func advance() {
        guard !all.isEmpty else { return }
        index = (index + 1) % all.count
    }

    /// Puts what a manager told of its peers before what was configured; the current one stays.
    mutating func learn(_ managers: [String]) {
        guard !managers.isEmpty, let current else { return }
        all = Self.distinct([current] + managers + configured, maximum)
        index = 0
    }

    private static func distinct(_ addresses: [String], _ maximum: Int) -> [String] {
        var result: [String] = []
        for address in addresses where !result.contains(address) && result.count < maximum {
            result.append(address)
        }
        return result
    }
}
