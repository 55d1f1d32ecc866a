/// What `muster logs` asks for, as JSON.
public struct LogQuestion: Codable, Hashable, Sendable {
    /// A service's name, a task's id or the beginning of it, or an ARN of either.
    public var name: String
    /// Only of that container.
    public var container: String?
    public var cluster: String?
    public var region: String?
    /// Nothing of before: milliseconds since 1970.
    public var since: Int64?
    /// Only so many of each container's newest lines.
    public var tail: UInt32?
    /// Whether what is yet to come is waited for; left out it is not.
    public var follow: Bool?

    public init(
        name: String, container: String? = nil, cluster: String? = nil, region: String? = nil,
        since: Int64? = nil, tail: UInt32? = nil, follow: Bool = false
    ) {
        self.name = name
        self.container = container
        self.cluster = cluster
        self.region = region
        self.since = since
        self.tail = tail
        self.follow = follow
    }
}
