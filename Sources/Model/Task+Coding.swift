// A task is stored with its origin as one member, which many tasks have in common. The first stored
// form had the origin's members among its own.
extension ECSTask: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, instance, origin, containers, createdAt, desiredStatus, lastStatus, health
        case pullStartedAt, pullStoppedAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt
        case stopCode, stoppedReason, version, protectedUntil
    }

    /// Those of the origin, where the first form has them.
    private enum OriginKeys: String, CodingKey {
        case cluster, definition, group, startedBy, service, deployment, launchType, reserved
        case overrides, clientToken, tags, onLost
    }

    /// The names of all members that a stored task can have.
    package static var storedMembers: [String] { CodingKeys.allCases.map(\.rawValue) }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try members.decode(TaskID.self, forKey: .id),
            instance: try members.decode(InstanceID.self, forKey: .instance),
            origin: try members.decodeIfPresent(Shared<TaskOrigin>.self, forKey: .origin)
                ?? Shared(try Self.origin(from: decoder)),
            containers: try members.decode([Container].self, forKey: .containers),
            createdAt: try members.decode(WallTime.self, forKey: .createdAt))
        desiredStatus = try members.decode(DesiredStatus.self, forKey: .desiredStatus)
        lastStatus = try members.decode(TaskStatus.self, forKey: .lastStatus)
        health = try members.decode(HealthStatus.self, forKey: .health)
        pullStartedAt = try members.decodeIfPresent(WallTime.self, forKey: .pullStartedAt)
        pullStoppedAt = try members.decodeIfPresent(WallTime.self, forKey: .pullStoppedAt)
        startedAt = try members.decodeIfPresent(WallTime.self, forKey: .startedAt)
        stoppingAt = try members.decodeIfPresent(WallTime.self, forKey: .stoppingAt)
        executionStoppedAt = try members.decodeIfPresent(WallTime.self, forKey: .executionStoppedAt)
        stoppedAt = try members.decodeIfPresent(WallTime.self, forKey: .stoppedAt)
        stopCode = try members.decodeIfPresent(StopCode.self, forKey: .stopCode)
        stoppedReason = try members.decodeIfPresent(String.self, forKey: .stoppedReason)
        version = try members.decode(Int.self, forKey: .version)
        protectedUntil = try members.decodeIfPresent(WallTime.self, forKey: .protectedUntil)
    }

    private static func origin(from decoder: any Decoder) throws -> TaskOrigin {
        let members = try decoder.container(keyedBy: OriginKeys.self)
        return TaskOrigin(
            cluster: try members.decode(ClusterID.self, forKey: .cluster),
            definition: try members.decode(TaskDefinitionKey.self, forKey: .definition),
            group: try members.decode(String.self, forKey: .group),
            startedBy: try members.decodeIfPresent(String.self, forKey: .startedBy),
            service: try members.decodeIfPresent(ServiceID.self, forKey: .service),
            deployment: try members.decodeIfPresent(DeploymentID.self, forKey: .deployment),
            launchType: try members.decode(LaunchType.self, forKey: .launchType),
            reserved: try members.decode(Resources.self, forKey: .reserved),
            overrides: try members.decode(TaskOverrides.self, forKey: .overrides),
            clientToken: try members.decodeIfPresent(String.self, forKey: .clientToken),
            tags: try members.decode([Tag].self, forKey: .tags),
            onLost: try members.decodeIfPresent(OnLost.self, forKey: .onLost))
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(id, forKey: .id)
        try members.encode(instance, forKey: .instance)
        try members.encode(origin, forKey: .origin)
        try members.encode(containers, forKey: .containers)
        try members.encode(createdAt, forKey: .createdAt)
        try members.encode(desiredStatus, forKey: .desiredStatus)
        try members.encode(lastStatus, forKey: .lastStatus)
        try members.encode(health, forKey: .health)
        try members.encodeIfPresent(pullStartedAt, forKey: .pullStartedAt)
        try members.encodeIfPresent(pullStoppedAt, forKey: .pullStoppedAt)
        try members.encodeIfPresent(startedAt, forKey: .startedAt)
        try members.encodeIfPresent(stoppingAt, forKey: .stoppingAt)
        try members.encodeIfPresent(executionStoppedAt, forKey: .executionStoppedAt)
        try members.encodeIfPresent(stoppedAt, forKey: .stoppedAt)
        try members.encodeIfPresent(stopCode, forKey: .stopCode)
        try members.encodeIfPresent(stoppedReason, forKey: .stoppedReason)
        try members.encode(version, forKey: .version)
        try members.encodeIfPresent(protectedUntil, forKey: .protectedUntil)
    }
}
