import Model

/// Writes ARNs in the long format.
struct ARNs: Sendable {
    private let account: String
    /// What comes before the kind of a resource.
    private let prefix: String

    init(account: String, region: String) {
        self.account = account
        prefix = "arn:aws:ecs:\(region):\(account):"
    }

    private func arn(_ resource: String) -> String { prefix + resource }

    /// `kind/cluster/name`. A page of tasks has hundreds of these: they are put together without an
    /// interpolation's detours.
    private func arn(
        _ kind: String, _ cluster: String, _ name: String, more: String? = nil
    ) -> String {
        var text = prefix
        text.reserveCapacity(
            prefix.utf8.count + kind.utf8.count + cluster.utf8.count + name.utf8.count
                + (more?.utf8.count ?? 0) + 3)
        text.append(kind)
        text.append("/")
        text.append(cluster)
        text.append("/")
        text.append(name)
        guard let more else { return text }
        text.append("/")
        text.append(more)
        return text
    }

    /// The name in a text that is `kind/cluster/name` as ``arn(_:_:_:)`` writes it; `nil` for any
    /// other.
    func name(in text: String, of kind: String, cluster: String) -> Substring? {
        let start = arn(kind, cluster, "")
        guard text.hasPrefix(start) else { return nil }
        return Substring(text.utf8.dropFirst(start.utf8.count))
    }

    func cluster(_ name: String) -> String { arn("cluster/\(name)") }
    func service(_ name: String, cluster: String) -> String { arn("service", cluster, name) }
    /// How DescribeServices names a service that it does not find.
    func missingService(_ name: String) -> String { arn("service/\(name)") }
    func task(_ id: some CustomStringConvertible, cluster: String) -> String {
        arn("task", cluster, id.description)
    }
    func instance(_ id: some CustomStringConvertible, cluster: String) -> String {
        arn("container-instance", cluster, id.description)
    }
    func container(_ id: ContainerID, task: TaskID, cluster: String) -> String {
        arn("container", cluster, task.description, more: id.dashed)
    }
    func serviceDeployment(
        _ id: ServiceDeploymentID, of service: String, cluster: String
    ) -> String {
        arn("service-deployment/\(cluster)/\(service)/\(id.short)")
    }
    func serviceRevision(_ id: DeploymentID, of service: String, cluster: String) -> String {
        arn("service-revision/\(cluster)/\(service)/\(id.number)")
    }
    func taskSet(_ id: DeploymentID, of service: String, cluster: String) -> String {
        arn("task-set/\(cluster)/\(service)/\(id)")
    }
    func capacityProvider(_ name: String) -> String { arn("capacity-provider/\(name)") }
    func taskDefinition(_ key: TaskDefinitionKey) -> String {
        key.daemonFamily.map { arn("daemon-task-definition/\($0):\(key.revision)") }
            ?? arn("task-definition/\(key)")
    }
    func daemon(_ service: Model.Service, cluster: String) -> String {
        arn("daemon/\(cluster)/\(service.daemonName ?? service.name)")
    }
    func daemonDeployment(
        _ id: ServiceDeploymentID, of service: Model.Service, cluster: String
    ) -> String {
        arn("daemon-deployment/\(cluster)/\(service.daemonName ?? service.name)/\(id.short)")
    }
    func daemonRevision(
        _ id: DeploymentID, of service: Model.Service, cluster: String
    ) -> String {
        arn("daemon-revision/\(cluster)/\(service.daemonName ?? service.name)/\(id.number)")
    }

    /// Who made everything here: signatures name no users yet.
    var root: String { Model.ARNs(account: account).root }
}

/// An ARN of ECS, taken apart. `nil` when a text is no ARN at all.
struct ARN {
    var service: String
    var region: String
    var account: String
    /// What follows the account, split at its slashes: `service`, cluster, name.
    var parts: [String]

    init?(_ text: String) {
        let fields = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0] == "arn" else { return nil }
        service = String(fields[2])
        region = String(fields[3])
        account = String(fields[4])
        parts = fields[5].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }
}
