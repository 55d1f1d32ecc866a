import ClusterState
import Model

/// What a cluster keeps as given.
struct ClusterDocument {
    var configuration: ECS.ClusterConfiguration?
}

extension ClusterDocument: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) {
        self.init()
        try json.object { json, name throws(RequestFault) in
            switch name {
            case "configuration": configuration = try json.member()
            default: try json.skipValue()
            }
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in json.member("configuration", configuration) }
    }
}

extension Call {
    func rendered(
        _ cluster: Model.Cluster, in state: ClusterState, include: [ECS.ClusterField]
    ) throws(APIError) -> ECS.Cluster {
        let counts = state.counts(of: cluster.id)
        let services = state.services(of: cluster.id)
            .filter { $0.status == .active && $0.daemonName == nil }
        let instances = state.instances(of: cluster.id).filter { $0.status != .inactive }
        var result = ECS.Cluster(
            clusterArn: arns.cluster(cluster.name), clusterName: cluster.name,
            status: cluster.status.rawValue, registeredContainerInstancesCount: instances.count,
            runningTasksCount: counts.running, pendingTasksCount: counts.pending,
            activeServicesCount: services.count, statistics: [], tags: [], settings: [],
            capacityProviders: cluster.capacityProviders ?? [],
            defaultCapacityProviderStrategy: rendered(cluster.defaultCapacityProviderStrategy)
                ?? [])
        if include.contains(.tags) { result.tags = rendered(cluster.tags) }
        if include.contains(.settings) { result.settings = rendered(cluster.settings) }
        if include.contains(.configurations) {
            result.configuration =
                try Coding.read(ClusterDocument.self, from: cluster.document).configuration
        }
        if include.contains(.statistics) {
            let draining = state.services(of: cluster.id).filter { $0.status == .draining }
            result.statistics = statistics([
                ("runningEC2TasksCount", counts.running), ("runningFargateTasksCount", 0),
                ("runningExternalTasksCount", 0), ("pendingEC2TasksCount", counts.pending),
                ("pendingFargateTasksCount", 0), ("pendingExternalTasksCount", 0),
                ("activeEC2ServiceCount", services.count), ("activeFargateServiceCount", 0),
                ("activeExternalServiceCount", 0), ("drainingEC2ServiceCount", draining.count),
                ("drainingFargateServiceCount", 0), ("drainingExternalServiceCount", 0),
            ])
        }
        return result
    }

    private func statistics(_ values: [(String, Int)]) -> [ECS.KeyValuePair] {
        values.map { ECS.KeyValuePair(name: $0.0, value: String($0.1)) }
    }

    /// `containerInsights` is always there, as in ECS.
    private func rendered(_ settings: [Model.Cluster.Setting]) -> [ECS.ClusterSetting] {
        var result = settings.map { ECS.ClusterSetting(name: $0.name, value: $0.value) }
        if !result.contains(where: { $0.name == "containerInsights" }) {
            result.insert(ECS.ClusterSetting(name: "containerInsights", value: "disabled"), at: 0)
        }
        return result
    }
}
