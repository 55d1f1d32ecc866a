import Model

extension Call {
    /// No service is in a namespace, since none can be made with Service Connect.
    func listServicesByNamespace(
        _ input: ECS.ListServicesByNamespaceRequest
    ) async throws(APIError) -> ECS.ListServicesByNamespaceResponse {
        guard let namespace = input.namespace, !namespace.isEmpty else {
            throw invalid("Namespace cannot be empty.")
        }
        _ = try page([], after: input.nextToken, limit: input.maxResults, standard: 10)
        throw APIError(
            .namespaceNotFound,
            "There is no namespace \(shown(namespace)): Muster has no Service Connect yet.")
    }
}
