import ClusterState
import HashTreeCollections
import Model

/// The records of a service's deployments, and what can be done to those under way.
extension Call {
    /// As many as one request may describe.
    private static let describedMaximum = 20

    func listServiceDeployments(
        _ input: ECS.ListServiceDeploymentsRequest
    ) async throws(APIError) -> ECS.ListServiceDeploymentsResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        guard let text = input.service, !text.isEmpty else {
            throw invalid("Service cannot be empty.")
        }
        let name = try serviceName(text, cluster: cluster.name)
        guard let service = state.service(name, in: cluster.id) else {
            throw APIError(.serviceNotFound, "Service not found.")
        }
        let asked = (input.status ?? []).map(\.rawValue)
        let all = state.serviceDeployments(of: service.id).filter { deployment in
            let isOfStatus = asked.isEmpty || asked.contains(deployment.status.rawValue)
            let isAfter = input.createdAt?.after.map { deployment.createdAt > $0.time } ?? true
            let isBefore = input.createdAt?.before.map { deployment.createdAt < $0.time } ?? true
            return isOfStatus && isAfter && isBefore
        }
        let page = try page(
            all, after: input.nextToken, limit: input.maxResults, standard: 20,
            key: { Self.key(of: $0) }
        ) { deployment, token in Self.key(of: deployment) < token }
        return ECS.ListServiceDeploymentsResponse(
            serviceDeployments: page.items.map { brief($0, of: service, cluster: cluster.name) },
            nextToken: page.nextToken)
    }

    /// In the order of creation, as texts go.
    static func key(of deployment: Model.ServiceDeployment) -> String {
        let time = String(deployment.createdAt.milliseconds)
        return String(repeating: "0", count: max(0, 20 - time.count)) + time + " \(deployment.id)"
    }

    func describeServiceDeployments(
        _ input: ECS.DescribeServiceDeploymentsRequest
    ) async throws(APIError) -> ECS.DescribeServiceDeploymentsResponse {
        let state = snapshot()
        let asked = try checked(
            input.serviceDeploymentArns, what: "Service deployment ARNs",
            atMost: Self.describedMaximum)
        var found: [ECS.ServiceDeployment] = []
        var failures: [ECS.Failure] = []
        for text in asked {
            let (reference, id) = try partOfService(text, of: "service-deployment")
            let cluster = try activeCluster(reference.cluster.name, in: state)
            if let deployment = ServiceDeploymentID(short: id)
                .flatMap({ state.serviceDeployments[$0] }),
                let service = state.services[deployment.service], service.cluster == cluster.id,
                service.name == reference.name
            {
                found.append(
                    try rendered(deployment, of: service, cluster: cluster.name, in: state))
            } else {
                failures.append(ECS.Failure(arn: text, reason: "MISSING"))
            }
        }
        return ECS.DescribeServiceDeploymentsResponse(
            serviceDeployments: found, failures: failures)
    }

    func describeServiceRevisions(
        _ input: ECS.DescribeServiceRevisionsRequest
    ) async throws(APIError) -> ECS.DescribeServiceRevisionsResponse {
        let state = snapshot()
        let asked = try checked(
            input.serviceRevisionArns, what: "Service revision ARNs", atMost: Self.describedMaximum)
        var found: [ECS.ServiceRevision] = []
        var failures: [ECS.Failure] = []
        for text in asked {
            let (reference, id) = try partOfService(text, of: "service-revision")
            let cluster = try activeCluster(reference.cluster.name, in: state)
            if let (revision, service) = revision(id, of: reference, in: cluster, state) {
                found.append(try rendered(revision, of: service, cluster: cluster.name, in: state))
            } else {
                failures.append(ECS.Failure(arn: text, reason: "MISSING"))
            }
        }
        return ECS.DescribeServiceRevisionsResponse(serviceRevisions: found, failures: failures)
    }

    /// A revision by its number, if it is of the service that its ARN names.
    func revision(
        _ id: String, of reference: ServiceReference, in cluster: Cluster, _ state: ClusterState
    ) -> (ServiceRevision, Service)? {
        guard let number = UInt64(id),
            let revision = state.serviceRevisions[DeploymentID(number: number)],
            let service = state.services[revision.service], service.cluster == cluster.id,
            service.name == reference.name
        else { return nil }
        return (revision, service)
    }

    /// The ARNs of what is to be described.
    func checked(
        _ arns: [String]?, what: String, atMost maximum: Int
    ) throws(APIError) -> [String] {
        guard let arns, !arns.isEmpty else { throw invalid("\(what) cannot be empty.") }
        guard arns.count <= maximum else {
            throw invalid("\(what) cannot have more than \(maximum) elements.")
        }
        return arns
    }

    func stopServiceDeployment(
        _ input: ECS.StopServiceDeploymentRequest
    ) async throws(APIError) -> ECS.StopServiceDeploymentResponse {
        let reference = try serviceDeployment(input.serviceDeploymentArn)
        let stop = input.stopType.flatMap { ServiceDeploymentStop(rawValue: $0.rawValue) }
        _ = try await submit(.stopServiceDeployment(reference, stop ?? .rollback))
        return ECS.StopServiceDeploymentResponse(serviceDeploymentArn: input.serviceDeploymentArn)
    }

    /// No deployment pauses: there are no lifecycle hooks.
    func continueServiceDeployment(
        _ input: ECS.ContinueServiceDeploymentRequest
    ) async throws(APIError) -> ECS.ContinueServiceDeploymentResponse {
        let reference = try serviceDeployment(input.serviceDeploymentArn)
        guard snapshot().serviceDeployments[reference.id] != nil else {
            throw APIError(.serviceDeploymentNotFound, "The service deployment was not found.")
        }
        throw invalid(
            "The service deployment is not paused: Muster does not have lifecycle hooks yet. To "
                + "end it, use StopServiceDeployment.")
    }

    private func serviceDeployment(
        _ text: String?
    ) throws(APIError) -> ServiceDeploymentReference {
        guard let text, !text.isEmpty else {
            throw invalid("Service deployment ARN cannot be empty.")
        }
        let (service, id) = try partOfService(text, of: "service-deployment")
        guard let id = ServiceDeploymentID(short: id) else {
            throw APIError(.serviceDeploymentNotFound, "The service deployment was not found.")
        }
        return ServiceDeploymentReference(service: service, id: id)
    }
}
