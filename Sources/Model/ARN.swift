/// Amazon Resource Names of ECS in the long format
/// (ECS Developer Guide, "Amazon Resource Names (ARNs) and IDs").
public struct ARNs: Hashable, Sendable {
    /// The account that every ARN carries: 12 digits.
    public var account: String

    public init(account: String) {
        self.account = account
    }

    public func arn(region: String, _ resource: String) -> String {
        "arn:aws:ecs:\(region):\(account):\(resource)"
    }

    /// The account itself: who makes everything, since signatures name no users yet.
    public var root: String { "arn:aws:iam::\(account):root" }

    public func cluster(_ cluster: Cluster) -> String {
        arn(region: cluster.region, "cluster/\(cluster.name)")
    }

    public func service(_ name: String, in cluster: Cluster) -> String {
        arn(region: cluster.region, "service/\(cluster.name)/\(name)")
    }

    public func task(_ id: TaskID, in cluster: Cluster) -> String {
        arn(region: cluster.region, "task/\(cluster.name)/\(id)")
    }

    public func container(_ id: ContainerID, of task: TaskID, in cluster: Cluster) -> String {
        arn(region: cluster.region, "container/\(cluster.name)/\(task)/\(id.dashed)")
    }

    public func instance(_ id: InstanceID, in cluster: Cluster) -> String {
        arn(region: cluster.region, "container-instance/\(cluster.name)/\(id)")
    }

    public func taskDefinition(_ key: TaskDefinitionKey) -> String {
        arn(region: key.region, "task-definition/\(key.family):\(key.revision)")
    }
}
