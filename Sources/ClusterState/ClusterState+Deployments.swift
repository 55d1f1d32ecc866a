import HashTreeCollections
public import Model

/// The history of services' deployments. Its records and revisions come and go by records of their
/// own.
extension ClusterState {
    /// How many records of deployments a service keeps (ECS keeps 90 days).
    public static let serviceDeploymentsMaximum = 50

    mutating func put(_ deployment: ServiceDeployment) {
        serviceDeployments[deployment.id] = deployment
        indexes.serviceDeployments.insert(deployment.id, under: deployment.service)
    }

    mutating func put(_ revision: ServiceRevision) {
        serviceRevisions[revision.id] = revision
        indexes.serviceRevisions.insert(revision.id, under: revision.service)
    }

    mutating func removeServiceDeployment(_ id: ServiceDeploymentID) {
        guard let deployment = serviceDeployments.removeValue(forKey: id) else { return }
        indexes.serviceDeployments.remove(id, under: deployment.service)
    }

    mutating func removeServiceRevision(_ id: DeploymentID) {
        guard let revision = serviceRevisions.removeValue(forKey: id) else { return }
        indexes.serviceRevisions.remove(id, under: revision.service)
    }

    /// Newest first.
    public func serviceDeployments(of service: ServiceID) -> [ServiceDeployment] {
        (indexes.serviceDeployments[service] ?? []).compactMap { serviceDeployments[$0] }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// Newest first.
    public func serviceRevisions(of service: ServiceID) -> [ServiceRevision] {
        (indexes.serviceRevisions[service] ?? []).compactMap { serviceRevisions[$0] }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// The services of a cluster that want a task on each instance, by id; no INACTIVE ones.
    public func daemons(of cluster: ClusterID) -> [ServiceID] {
        (indexes.daemons[cluster] ?? []).sorted()
    }
}
