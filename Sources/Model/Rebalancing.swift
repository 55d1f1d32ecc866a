/// Whether a service evens itself out over availability zones (ECS, `availabilityZoneRebalancing`).
public enum AvailabilityZoneRebalancing: String, Hashable, Sendable, Codable {
    case enabled = "ENABLED"
    case disabled = "DISABLED"
}

/// How a service evens itself out: over availability zones as ECS has it, and, with the tag
/// `muster:rebalance`, over all that its strategies spread over, the instances among them.
public struct RebalanceRule: Hashable, Sendable {
    public static let tag = "muster:rebalance"
    /// What the tag's value looks like, for those who write another.
    public static let form =
        "'instances', or instances/N/SECONDS such as instances/2/30: at most N tasks move at a "
        + "time (1-100), so many seconds (0-3600) after the ones before them"

    /// Tasks that move at a time, at most.
    public static let standardCount = 5
    public static let standardPause: Duration = .seconds(10)

    public let count: Int
    /// Between the end of a round of moves and the next.
    public let pause: Duration

    /// What ECS's rebalancing over zones keeps to here.
    public static let zones = RebalanceRule(count: standardCount, pause: standardPause)

    private init(count: Int, pause: Duration) {
        self.count = count
        self.pause = pause
    }

    /// Reads the tag's value; `nil` where it has not that form.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first == "instances" else { return nil }
        switch parts.count {
        case 1: self.init(count: Self.standardCount, pause: Self.standardPause)
        case 3:
            guard let count = Int(parts[1]), let seconds = Int(parts[2]),
                (1...100).contains(count), (0...3_600).contains(seconds)
            else { return nil }
            self.init(count: count, pause: .seconds(seconds))
        default: return nil
        }
    }

    /// The rule that tags ask for, if they ask for one.
    public init?(_ tags: [Tag]) {
        guard let value = tags.first(where: { $0.key == Self.tag })?.value else { return nil }
        self.init(value)
    }
}
