import ClusterState
import HashTreeCollections
import Model

/// The records of daemons' deployments, and what they were to bring.
extension Call {
    /// As many as one request may describe.
    private static let daemonPartsMaximum = 20

    func listDaemonDeployments(
        _ input: ECS.ListDaemonDeploymentsRequest
    ) async throws(APIError) -> ECS.ListDaemonDeploymentsResponse {
        let state = snapshot()
        let reference = try daemonReference(input.daemonArn)
        let cluster = try activeCluster(reference.cluster.name, in: state)
        guard let service = state.service(reference.name, in: cluster.id),
            service.status != .inactive
        else {
            // The model has no other word for it here.
            throw invalid(Self.noSuchDaemon.message)
        }
        let all = state.serviceDeployments(of: service.id).filter { deployment in
            let isOfStatus =
                (input.status ?? []).isEmpty
                || deployment.status.ofDaemon.map { input.status?.contains($0) == true } == true
            let isAfter = input.createdAt?.after.map { deployment.createdAt > $0.time } ?? true
            let isBefore = input.createdAt?.before.map { deployment.createdAt < $0.time } ?? true
            return isOfStatus && isAfter && isBefore
        }
        let page = try page(
            all, after: input.nextToken, limit: input.maxResults,
            key: { Self.key(of: $0) }
        ) { deployment, token in Self.key(of: deployment) < token }
        return ECS.ListDaemonDeploymentsResponse(
            nextToken: page.nextToken,
            daemonDeployments: page.items.map { summary(of: $0, service, cluster: cluster.name) })
    }

    func describeDaemonDeployments(
        _ input: ECS.DescribeDaemonDeploymentsRequest
    ) async throws(APIError) -> ECS.DescribeDaemonDeploymentsResponse {
        let state = snapshot()
        var found: [ECS.DaemonDeployment] = []
        var failures: [ECS.Failure] = []
        for text in try checked(
            input.daemonDeploymentArns, what: "Daemon deployment ARNs",
            atMost: Self.daemonPartsMaximum)
        {
            let (reference, id) = try partOfDaemon(text, of: "daemon-deployment")
            let cluster = try activeCluster(reference.cluster.name, in: state)
            if let deployment = ServiceDeploymentID(short: id)
                .flatMap({ state.serviceDeployments[$0] }),
                let service = state.services[deployment.service], service.cluster == cluster.id,
                service.name == reference.name
            {
                found.append(
                    try rendered(
                        deployment, ofDaemon: service, cluster: cluster.name, in: state))
            } else {
                failures.append(ECS.Failure(arn: text, reason: "MISSING"))
            }
        }
        return ECS.DescribeDaemonDeploymentsResponse(
            failures: failures, daemonDeployments: found)
    }

    func describeDaemonRevisions(
        _ input: ECS.DescribeDaemonRevisionsRequest
    ) async throws(APIError) -> ECS.DescribeDaemonRevisionsResponse {
        let state = snapshot()
        var found: [ECS.DaemonRevision] = []
        var failures: [ECS.Failure] = []
        for text in try checked(
            input.daemonRevisionArns, what: "Daemon revision ARNs", atMost: Self.daemonPartsMaximum)
        {
            let (reference, id) = try partOfDaemon(text, of: "daemon-revision")
            let cluster = try activeCluster(reference.cluster.name, in: state)
            if let (revision, service) = revision(id, of: reference, in: cluster, state) {
                found.append(
                    try rendered(revision, ofDaemon: service, cluster: cluster.name, in: state))
            } else {
                failures.append(ECS.Failure(arn: text, reason: "MISSING"))
            }
        }
        return ECS.DescribeDaemonRevisionsResponse(daemonRevisions: found, failures: failures)
    }
}
