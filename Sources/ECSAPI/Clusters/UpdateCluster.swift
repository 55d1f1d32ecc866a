import ClusterState
import Model

extension Call {
    func updateCluster(
        _ input: ECS.UpdateClusterRequest
    ) async throws(APIError) -> ECS.UpdateClusterResponse {
        // An empty namespace takes the default away, and there is none.
        guard (input.serviceConnectDefaults?.namespace ?? "").isEmpty else {
            throw unsupported(
                "Muster has no Service Connect yet. Leave serviceConnectDefaults out.")
        }
        let document = try input.configuration.map { configuration throws(APIError) in
            Coding.document(ClusterDocument(configuration: configuration))
        }
        return ECS.UpdateClusterResponse(
            cluster: try await update(input.cluster, input.settings, document))
    }

    func updateClusterSettings(
        _ input: ECS.UpdateClusterSettingsRequest
    ) async throws(APIError) -> ECS.UpdateClusterSettingsResponse {
        guard input.settings?.isEmpty == false else {
            throw invalid("Cluster settings cannot be empty.")
        }
        return ECS.UpdateClusterSettingsResponse(
            cluster: try await update(input.cluster, input.settings, nil))
    }

    private func update(
        _ cluster: String?, _ settings: [ECS.ClusterSetting]?, _ document: Document?
    ) async throws(APIError) -> ECS.Cluster {
        guard let cluster, !cluster.isEmpty else { throw invalid("Cluster cannot be empty.") }
        let command = UpdateCluster(
            cluster: try clusterReference(cluster), settings: try clusterSettings(settings),
            document: document)
        let (outcome, state) = try await submit(.updateCluster(command))
        guard case .cluster(let updated) = outcome else { throw unexpected(outcome) }
        return try rendered(updated, in: state, include: [.settings, .tags, .configurations])
    }
}
