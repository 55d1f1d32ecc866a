import ClusterState
import Model

extension ManagerCore {
    /// Constraints of a request and of the definition that it is for bind together, and there may
    /// be so many of them (ECS, `RunTaskRequest.placementConstraints`).
    func check(
        _ constraints: [PlacementConstraint], with definition: TaskDefinition
    ) throws(APIError) {
        let own = definition.placementConstraints.count
        let most = settings.quotas.constraintsPerTask
        guard constraints.count + own <= most else {
            throw APIError(
                .invalidParameter,
                "A task can have at most \(most) placement "
                    + "constraints: its definition \(definition.key) has \(own), the request has "
                    + "\(constraints.count).")
        }
    }
}
