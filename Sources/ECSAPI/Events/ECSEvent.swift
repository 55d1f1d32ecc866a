/// Something that happened to a task, an instance or a service, in EventBridge's form (ECS
/// Developer Guide, "Amazon ECS events").
public struct ECSEvent: Hashable, Sendable {
    /// What an event is of: its `detail-type`.
    public enum Kind: String, Sendable, CaseIterable {
        case task = "ECS Task State Change"
        case instance = "ECS Container Instance State Change"
        case service = "ECS Service Action"
        case deployment = "ECS Deployment State Change"
    }

    /// The place after it.
    public var cursor: EventCursor
    /// The same whenever the event is made again from the change.
    public var id: String
    public var kind: Kind
    public var region: String
    /// The name of its cluster.
    public var cluster: String
    /// The whole event, members sorted by name, without a line break.
    public var json: [UInt8]

    public init(
        cursor: EventCursor, id: String, kind: Kind, region: String, cluster: String, json: [UInt8]
    ) {
        self.cursor = cursor
        self.id = id
        self.kind = kind
        self.region = region
        self.cluster = cluster
        self.json = json
    }
}

/// Which events somebody wants. What is `nil` leaves none out.
public struct EventFilter: Hashable, Sendable {
    public var kinds: Set<ECSEvent.Kind>?
    public var region: String?
    /// A cluster's name.
    public var cluster: String?

    public init(
        kinds: Set<ECSEvent.Kind>? = nil, region: String? = nil, cluster: String? = nil
    ) {
        self.kinds = kinds
        self.region = region
        self.cluster = cluster
    }

    public func takes(_ event: ECSEvent) -> Bool {
        kinds?.contains(event.kind) ?? true && event.region == region ?? event.region
            && event.cluster == cluster ?? event.cluster
    }
}
