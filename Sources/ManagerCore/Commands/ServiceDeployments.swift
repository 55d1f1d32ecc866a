import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

extension ManagerCore {
    /// Ends a deployment that is under way: back to the last that was completed, or no further.
    mutating func stopDeployment(
        _ reference: ServiceDeploymentReference, _ stop: ServiceDeploymentStop
    ) throws(APIError) -> Outcome {
        guard let cluster = state.cluster(reference.service.cluster),
            let deployment = state.serviceDeployments[reference.id],
            let service = state.services[deployment.service],
            service.cluster == cluster.id, service.name == reference.service.name
        else {
            throw APIError(
                .serviceDeploymentNotFound, "The service deployment was not found.")
        }
        switch deployment.status {
        case .pending, .inProgress: try end(deployment, of: service, stop)
        case .rollbackRequested, .rollbackInProgress:
            // It goes back already.
            if stop == .abort { try end(deployment, of: service, stop) }
        case .stopRequested: break
        case .successful, .stopped, .rollbackSuccessful, .rollbackFailed:
            throw APIError(
                .conflict,
                "The service deployment can't be stopped: it is "
                    + "\(deployment.status.rawValue).")
        }
        dirty.append(service.id)
        return .serviceDeployment(state.serviceDeployments[reference.id] ?? deployment)
    }

    private mutating func end(
        _ deployment: ServiceDeployment, of service: Service, _ stop: ServiceDeploymentStop
    ) throws(APIError) {
        switch stop {
        case .rollback:
            guard rollbackTarget(of: service) != nil else {
                throw APIError(
                    .conflict,
                    "The service deployment can't be rolled back: no deployment of the service "
                        + "\(service.name) is COMPLETED. Use stopType ABORT to let it be.")
            }
            update(deployment.id) { $0.status = .rollbackRequested }
        case .abort:
            guard let primary = service.deployments.first,
                primary.serviceDeployment == deployment.id
            else { return }
            requestStop(of: primary, "Service deployment stopped by a user.")
            giveUpPrimary(of: service.id, "ECS deployment \(primary.id) was stopped.")
        }
    }
}
