/// What an account chose for one principal: its own users' defaults are those of its root.
public struct AccountSetting: Hashable, Sendable, Codable {
    /// Whose choice of what it is; there is one value for each.
    public struct Key: Hashable, Comparable, Sendable, Codable {
        public var region: String
        /// The ARN of a user, a role or the root.
        public var principal: String
        public var name: String

        public init(region: String, principal: String, name: String) {
            self.region = region
            self.principal = principal
            self.name = name
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.region, left.principal, left.name) < (right.region, right.principal, right.name)
        }
    }

    public let key: Key
    public var value: String

    public init(key: Key, value: String) {
        self.key = key
        self.value = value
    }
}
