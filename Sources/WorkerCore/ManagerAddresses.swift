/// Where managers may be found, and which is next.
struct ManagerAddresses: Sendable {
    /// Bytes of an address that a manager tells; longer ones are no addresses.
    static let addressMaximum = 300

    private let configured: [String]
    private let maximum: Int
    private var all: [String]
    private var index = 0
    /// Where a manager sent the worker: before all others, until it fails or accepts the worker.
    private var redirect: String?

    init(configured: [String], maximum: Int) {
        self.configured = Array(Self.distinct(configured).prefix(maximum))
        self.maximum = maximum
        all = self.configured
    }

    /// `nil` when no address is configured.
    var current: String? { redirect ?? (all.isEmpty ? nil : all[index]) }

    /// Moves on after a failure.
    mutating func advance() {
        redirect = nil
        guard !all.isEmpty else { return }
        index = (index + 1) % all.count
    }

    /// Goes where a manager says.
    mutating func follow(_ manager: String) {
        redirect = manager
    }

    /// The current manager accepted the worker and told of its peers: both come before what was
    /// configured, which is never pushed out.
    mutating func learn(_ managers: [String]) {
        guard let current, redirect != nil || !managers.isEmpty else { return }
        let told = managers.isEmpty ? all : managers.prefix(maximum).filter(Self.isAddress)
        all = Self.distinct([current] + told + configured)
        while all.count > maximum,
            let last = all.lastIndex(where: { $0 != current && !configured.contains($0) })
        {
            all.remove(at: last)
        }
        redirect = nil
        index = 0
    }

    static func isAddress(_ text: String) -> Bool {
        (1...addressMaximum).contains(text.utf8.count)
    }

    private static func distinct(_ addresses: [String]) -> [String] {
        var result: [String] = []
        for address in addresses where !result.contains(address) { result.append(address) }
        return result
    }
}
