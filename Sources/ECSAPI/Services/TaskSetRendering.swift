import ClusterState
import HashTreeCollections
import Model

extension Call {
    func rendered(
        _ set: Model.TaskSet, of service: Model.Service, in state: ClusterState, tags: Bool
    ) -> ECS.TaskSet {
        let cluster = state.clusters[service.cluster]?.name ?? ""
        let counts = state.counts(of: set.id, of: service.id)
        return ECS.TaskSet(
            id: set.id.description,
            taskSetArn: arns.taskSet(set.id, of: service.name, cluster: cluster),
            serviceArn: arns.service(service.name, cluster: cluster),
            clusterArn: arns.cluster(cluster), externalId: set.externalID,
            status: set.isDraining ? "DRAINING" : set.isPrimary ? "PRIMARY" : "ACTIVE",
            taskDefinition: arns.taskDefinition(set.taskDefinition),
            computedDesiredCount: set.desiredCount(of: service.desiredCount),
            pendingCount: counts.pending, runningCount: counts.running,
            createdAt: Timestamp(set.createdAt), updatedAt: Timestamp(set.updatedAt),
            launchType: ECS.LaunchType(rawValue: set.launchType.rawValue), loadBalancers: [],
            serviceRegistries: [], scale: ECS.Scale(value: set.scale, unit: .percent),
            stabilityStatus: set.isSteady ? .steadyState : .stabilizing,
            stabilityStatusAt: Timestamp(set.stabilityAt), tags: tags ? rendered(set.tags) : [])
    }

    /// What a service with the EXTERNAL controller shows of its own: that of its primary task set.
    func shownDefinition(of service: Model.Service) -> String? {
        let key =
            service.deployments.first?.taskDefinition
            ?? service.taskSets.first(where: \.isPrimary)?.taskDefinition
        return key.map { arns.taskDefinition($0) }
    }
}
