import ClusterState
import Model

extension Call {
    func rendered(
        _ outcome: Outcome, cluster: String, in state: ClusterState
    ) throws(APIError) -> ECS.Service {
        guard case .service(let service) = outcome else { throw unexpected(outcome) }
        return try rendered(service, cluster: cluster, in: state, tags: true)
    }

    func rendered(
        _ service: Model.Service, cluster: String, in state: ClusterState, tags: Bool
    ) throws(APIError) -> ECS.Service {
        let document = try Coding.read(ServiceDocument.self, from: service.document)
        let counts = state.counts(of: service.id)
        return ECS.Service(
            serviceArn: arns.service(service.name, cluster: cluster), serviceName: service.name,
            clusterArn: arns.cluster(cluster), loadBalancers: [], serviceRegistries: [],
            status: service.status.rawValue, desiredCount: service.desiredCount,
            runningCount: counts.running, pendingCount: counts.pending,
            launchType: launchType(of: service),
            capacityProviderStrategy: rendered(service.capacityProviderStrategy),
            taskDefinition: shownDefinition(of: service),
            deploymentConfiguration: rendered(service.deploymentConfiguration, document),
            taskSets: service.controller == .ecs
                ? nil : service.taskSets.map { rendered($0, of: service, in: state, tags: tags) },
            deployments: rendered(deploymentsOf: service, in: state, document),
            roleArn: document.role,
            events: state.events(of: service.id).reversed().map(rendered),
            createdAt: Timestamp(service.createdAt),
            currentServiceDeployment: currentDeployment(of: service, cluster: cluster),
            currentServiceRevisions: currentRevisions(of: service, in: state, cluster: cluster),
            placementConstraints: rendered(service.placementConstraints),
            placementStrategy: rendered(service.placementStrategy),
            networkConfiguration: document.networkConfiguration,
            healthCheckGracePeriodSeconds: document.healthCheckGracePeriodSeconds,
            schedulingStrategy: ECS.SchedulingStrategy(
                rawValue: service.schedulingStrategy.rawValue),
            deploymentController: ECS.DeploymentController(
                type: ECS.DeploymentControllerType(rawValue: service.controller.rawValue)),
            tags: tags ? rendered(service.tags) : [], createdBy: arns.root,
            enableECSManagedTags: service.enableManagedTags,
            propagateTags: ECS.PropagateTags(rawValue: service.propagateTags.rawValue),
            enableExecuteCommand: service.takesCommands ?? false,
            availabilityZoneRebalancing: service.availabilityZoneRebalancing == .enabled
                ? .enabled : .disabled)
    }

    private func rendered(
        deploymentsOf service: Model.Service, in state: ClusterState, _ document: ServiceDocument
    ) -> [ECS.Deployment] {
        guard service.status != .inactive else { return [] }
        return service.deployments.enumerated().map { index, deployment in
            let counts = state.counts(of: deployment.id, of: service.id)
            let primary = index == 0
            return ECS.Deployment(
                id: deployment.id.description, status: primary ? "PRIMARY" : "ACTIVE",
                taskDefinition: arns.taskDefinition(deployment.taskDefinition),
                desiredCount: requestedCount(of: deployment.id, of: service, counts),
                pendingCount: counts.pending, runningCount: counts.running,
                failedTasks: deployment.failedTasks, createdAt: Timestamp(deployment.createdAt),
                updatedAt: Timestamp(deployment.updatedAt),
                capacityProviderStrategy: rendered(service.capacityProviderStrategy),
                launchType: launchType(of: service),
                networkConfiguration: document.networkConfiguration,
                rolloutState: ECS.DeploymentRolloutState(
                    rawValue: deployment.rolloutState.rawValue),
                rolloutStateReason: deployment.rolloutStateReason)
        }
    }

    /// ECS shows one or the other.
    private func launchType(of service: Model.Service) -> ECS.LaunchType? {
        service.capacityProviderStrategy == nil
            ? ECS.LaunchType(rawValue: service.launchType.rawValue) : nil
    }

    /// That of the PRIMARY deployment, while it is under way.
    private func currentDeployment(of service: Model.Service, cluster: String) -> String? {
        service.deployments.first?.serviceDeployment.map {
            arns.serviceDeployment($0, of: service.name, cluster: cluster)
        }
    }

    private func currentRevisions(
        of service: Model.Service, in state: ClusterState, cluster: String
    ) -> [ECS.ServiceCurrentRevisionSummary] {
        service.deployments.map { deployment in
            let counts = state.counts(of: deployment.id, of: service.id)
            return ECS.ServiceCurrentRevisionSummary(
                arn: arns.serviceRevision(deployment.id, of: service.name, cluster: cluster),
                requestedTaskCount: requestedCount(of: deployment.id, of: service, counts),
                runningTaskCount: counts.running, pendingTaskCount: counts.pending)
        }
    }

    /// What the PRIMARY deployment wants; an older one wants no more than what it still has.
    func requestedCount(
        of deployment: DeploymentID, of service: Model.Service, _ counts: TaskCounts
    ) -> Int {
        deployment == service.deployments.first?.id ? service.desiredCount : counts.wanted
    }

    func rendered(
        _ bounds: Model.DeploymentConfiguration, _ document: ServiceDocument
    ) -> ECS.DeploymentConfiguration {
        ECS.DeploymentConfiguration(
            deploymentCircuitBreaker: ECS.DeploymentCircuitBreaker(
                enable: bounds.circuitBreaker.enable, rollback: bounds.circuitBreaker.rollback),
            maximumPercent: bounds.maximumPercent,
            minimumHealthyPercent: bounds.minimumHealthyPercent, alarms: document.alarms,
            strategy: .rolling)
    }

    private func rendered(_ event: Model.ServiceEvent) -> ECS.ServiceEvent {
        ECS.ServiceEvent(
            id: event.id.dashed, createdAt: Timestamp(event.createdAt), message: event.message)
    }
}
