import ClusterState
import HashTreeCollections
import Model

extension Call {
    /// One that was deleted is DELETE_IN_PROGRESS while a daemon may still run it, then DELETED.
    func daemonStatus(
        of definition: Model.TaskDefinition, in state: ClusterState
    ) -> ECS.DaemonTaskDefinitionStatus {
        guard definition.status != .active else { return .active }
        let isUsed = state.clusters(region: region).contains { cluster in
            state.daemons(of: cluster.id).contains { id in
                state.services[id].map { mayRun(definition.key, $0, in: state) } ?? false
            }
        }
        return isUsed ? .deleteInProgress : .deleted
    }

    /// Whether a deployment of the service has tasks of a definition, or is rolled back to it.
    private func mayRun(
        _ key: TaskDefinitionKey, _ service: Model.Service, in state: ClusterState
    ) -> Bool {
        let goal = service.lastCompleted.flatMap { state.serviceRevisions[$0]?.taskDefinition }
        return goal == key || service.deployments.contains { $0.taskDefinition == key }
    }
}
