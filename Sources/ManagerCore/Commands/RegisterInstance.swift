import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// RegisterContainerInstance: an instance that is known before its worker comes.
extension ManagerCore {
    /// It gets no tasks until a worker of its name registers and takes it over, tags and custom
    /// attributes included.
    mutating func register(_ request: RegisterInstance) throws(APIError) -> Outcome {
        let cluster = try activeCluster(request.cluster)
        guard let id = request.instance else { return try declare(request, in: cluster) }
        guard let instance = state.instances[id], instance.cluster == cluster.id,
            instance.status != .inactive
        else {
            throw APIError(
                .invalidParameter,
                "There is no container instance \(id) in cluster \(cluster.name) to register "
                    + "again. Leave containerInstanceArn out to register a new one.")
        }
        guard instance.isDeclared else {
            throw APIError(
                .invalidParameter,
                "A Muster worker speaks for the container instance \(id): it registers by itself "
                    + "with each start. To put attributes on it, use PutAttributes.")
        }
        try checkName(request.name, but: id, in: cluster)
        update(id) { instance in
            instance.name = request.name ?? instance.name
            instance.registered = request.resources
            instance.attributes = request.attributes
            instance.customAttributes = request.attributes.custom
            instance.agentVersion = request.agentVersion
            instance.document = request.document
        }
        return .instance(state.instances[id] ?? instance)
    }

    private mutating func declare(
        _ request: RegisterInstance, in cluster: Cluster
    ) throws(APIError) -> Outcome {
        let count = state.registeredInstanceCount(of: cluster.id)
        guard count < settings.instancesPerClusterMaximum else {
            throw APIError(
                .limitExceeded,
                "Cluster \(cluster.name) has \(count) container instances, the most it may; "
                    + "deregister those that are gone.")
        }
        try checkName(request.name, but: nil, in: cluster)
        let id: InstanceID = random.identifier()
        var instance = ContainerInstance(
            id: id, cluster: cluster.id, name: request.name ?? "\(id)", agentConnected: false,
            epoch: 0, registered: request.resources, attributes: request.attributes,
            agentVersion: request.agentVersion, registeredAt: now.wall, tags: request.tags)
        instance.customAttributes = request.attributes.custom
        instance.document = request.document
        record(.instance(instance))
        return .instance(instance)
    }

    private func checkName(
        _ name: String?, but own: InstanceID?, in cluster: Cluster
    ) throws(APIError) {
        guard let name else { return }
        let namesakes = state.instances(named: name, in: cluster.id)
        guard namesakes.contains(where: { $0.status != .inactive && $0.id != own }) else { return }
        throw APIError(
            .invalidParameter,
            "Cluster \(cluster.name) has a container instance \(name) already. Register it again "
                + "with its containerInstanceArn, or deregister it.")
    }
}

extension [Attribute] {
    /// Those that no agent derives from its machine; they outlive a worker's registration.
    fileprivate var custom: [Attribute]? {
        let reserved = ["ecs.", "com.amazonaws.", "muster."]
        let own = filter { attribute in !reserved.contains(where: attribute.name.hasPrefix) }
        return own.isEmpty ? nil : own
    }
}
