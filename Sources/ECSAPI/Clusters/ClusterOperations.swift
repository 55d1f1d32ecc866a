import ClusterState
import Model

extension Call {
    func createCluster(
        _ input: ECS.CreateClusterRequest
    ) async throws(APIError) -> ECS.CreateClusterResponse {
        guard input.serviceConnectDefaults == nil else {
            throw unsupported(
                "Muster has no Service Connect yet. Leave serviceConnectDefaults out.")
        }
        let name = input.clusterName.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        let command = CreateCluster(
            cluster: ClusterReference(
                region: region, name: try checkedName(name, what: "cluster name")),
            settings: try clusterSettings(input.settings),
            capacityProviders: try providerNames(input.capacityProviders),
            defaultCapacityProviderStrategy: try shares(input.defaultCapacityProviderStrategy)
                ?? [],
            tags: try tags(input.tags),
            document: Coding.document(ClusterDocument(configuration: input.configuration)))
        let (outcome, state) = try await submit(.createCluster(command))
        let cluster = try cluster(in: outcome)
        return ECS.CreateClusterResponse(
            cluster: try rendered(cluster, in: state, include: [.settings, .tags, .configurations]))
    }

    func deleteCluster(
        _ input: ECS.DeleteClusterRequest
    ) async throws(APIError) -> ECS.DeleteClusterResponse {
        let reference = try clusterReference(input.cluster)
        let (outcome, state) = try await submit(.deleteCluster(reference))
        return ECS.DeleteClusterResponse(
            cluster: try rendered(try cluster(in: outcome), in: state, include: [.settings, .tags]))
    }

    func describeClusters(
        _ input: ECS.DescribeClustersRequest
    ) async throws(APIError) -> ECS.DescribeClustersResponse {
        let state = snapshot()
        let asked = input.clusters.flatMap { $0.isEmpty ? nil : $0 } ?? ["default"]
        guard asked.count <= 100 else {
            throw invalid("Clusters cannot have more than 100 elements.")
        }
        var found: [ECS.Cluster] = []
        var failures: [ECS.Failure] = []
        for text in asked {
            let name = try clusterName(text)
            if let cluster = state.cluster(ClusterReference(region: region, name: name)) {
                found.append(try rendered(cluster, in: state, include: input.include ?? []))
            } else {
                failures.append(ECS.Failure(arn: arns.cluster(name), reason: "MISSING"))
            }
        }
        return ECS.DescribeClustersResponse(clusters: found, failures: failures)
    }

    func listClusters(
        _ input: ECS.ListClustersRequest
    ) async throws(APIError) -> ECS.ListClustersResponse {
        let names = snapshot().clusters(region: region)
            .filter { $0.status == .active }
            .map(\.name)
        let page = try page(names, after: input.nextToken, limit: input.maxResults)
        return ECS.ListClustersResponse(
            clusterArns: page.items.map(arns.cluster), nextToken: page.nextToken)
    }

    func clusterSettings(
        _ settings: [ECS.ClusterSetting]?
    ) throws(APIError) -> [Model.Cluster.Setting] {
        var result: [Model.Cluster.Setting] = []
        for setting in settings ?? [] {
            let name = setting.name ?? ""
            guard let known = Self.settingValues[name] else {
                throw invalid(
                    "Setting name '\(shown(name))' is not known: it should be one of "
                        + "[\(Self.settingValues.keys.sorted().joined(separator: ","))]")
            }
            guard let value = setting.value, known.contains(value) else {
                throw invalid(
                    "\(name) should be one of [\(known.joined(separator: ","))]; it is "
                        + "'\(shown(setting.value ?? ""))'.")
            }
            result.append(Model.Cluster.Setting(name: name, value: value))
        }
        return result
    }

    /// The settings of ECS, and Muster's own, whose names start with `muster:`.
    private static let settingValues = [
        Model.Cluster.insightsSetting: ["enhanced", "enabled", "disabled"],
        Model.Cluster.failoverSetting: ["muster", "aws"],
    ]

    private func cluster(in outcome: Outcome) throws(APIError) -> Model.Cluster {
        guard case .cluster(let cluster) = outcome else { throw unexpected(outcome) }
        return cluster
    }

    /// The core answered with another kind of object than the command gives: our own mistake.
    func unexpected(_ outcome: Outcome) -> APIError {
        APIError(.server, "\(operation.rawValue) had an unexpected outcome. Please report this.")
    }
}
