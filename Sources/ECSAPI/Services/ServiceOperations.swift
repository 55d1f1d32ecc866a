import ClusterState
import Model

extension Call {
    func deleteService(
        _ input: ECS.DeleteServiceRequest
    ) async throws(APIError) -> ECS.DeleteServiceResponse {
        let cluster = try clusterReference(input.cluster)
        guard let text = input.service, !text.isEmpty else {
            throw invalid("Service cannot be empty.")
        }
        let reference = ServiceReference(
            cluster: cluster, name: try serviceName(text, cluster: cluster.name))
        let (outcome, state) = try await submit(
            .deleteService(reference, force: input.force ?? false))
        return ECS.DeleteServiceResponse(
            service: try rendered(outcome, cluster: cluster.name, in: state))
    }

    func describeServices(
        _ input: ECS.DescribeServicesRequest
    ) async throws(APIError) -> ECS.DescribeServicesResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        guard let asked = input.services, !asked.isEmpty else {
            throw invalid("Services cannot be empty.")
        }
        guard asked.count <= 10 else {
            throw invalid("Services cannot have more than 10 elements.")
        }
        let tags = (input.include ?? []).contains(.tags)
        var found: [ECS.Service] = []
        var failures: [ECS.Failure] = []
        for text in asked {
            let name = try serviceName(text, cluster: cluster.name)
            if let service = state.service(name, in: cluster.id) {
                found.append(
                    try rendered(service, cluster: cluster.name, in: state, tags: tags))
            } else {
                let arn = text.hasPrefix("arn:") ? text : arns.missingService(name)
                failures.append(ECS.Failure(arn: arn, reason: "MISSING"))
            }
        }
        return ECS.DescribeServicesResponse(services: found, failures: failures)
    }

    func listServices(
        _ input: ECS.ListServicesRequest
    ) async throws(APIError) -> ECS.ListServicesResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        let names = state.services(of: cluster.id)
            .filter { $0.status == .active && $0.daemonName == nil }
            .filter { service in
                input.launchType.map { $0.rawValue == service.launchType.rawValue } ?? true
            }
            .filter { service in
                input.schedulingStrategy.map { $0.rawValue == service.schedulingStrategy.rawValue }
                    ?? true
            }
            .filter { _ in (input.resourceManagementType ?? .customer) == .customer }
            .map(\.name)
        let page = try page(names, after: input.nextToken, limit: input.maxResults, standard: 10)
        return ECS.ListServicesResponse(
            serviceArns: page.items.map { arns.service($0, cluster: cluster.name) },
            nextToken: page.nextToken)
    }
}
