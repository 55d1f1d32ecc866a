import ClusterState
import HashTreeCollections
import Model

extension Call {
    func brief(
        _ deployment: Model.ServiceDeployment, of service: Model.Service, cluster: String
    ) -> ECS.ServiceDeploymentBrief {
        ECS.ServiceDeploymentBrief(
            serviceDeploymentArn: arns.serviceDeployment(
                deployment.id, of: service.name, cluster: cluster),
            serviceArn: arns.service(service.name, cluster: cluster),
            clusterArn: arns.cluster(cluster), startedAt: Timestamp(deployment.startedAt),
            createdAt: Timestamp(deployment.createdAt),
            finishedAt: Timestamp(deployment.finishedAt),
            targetServiceRevisionArn: arns.serviceRevision(
                deployment.target, of: service.name, cluster: cluster),
            status: ECS.ServiceDeploymentStatus(rawValue: deployment.status.rawValue),
            statusReason: deployment.statusReason)
    }

    func rendered(
        _ deployment: Model.ServiceDeployment, of service: Model.Service, cluster: String,
        in state: ClusterState
    ) throws(APIError) -> ECS.ServiceDeployment {
        let document = try Coding.read(ServiceDocument.self, from: service.document)
        func summary(_ revision: DeploymentID) -> ECS.ServiceRevisionSummary {
            let counts = state.counts(of: revision, of: service.id)
            return ECS.ServiceRevisionSummary(
                arn: arns.serviceRevision(revision, of: service.name, cluster: cluster),
                requestedTaskCount: requestedCount(of: revision, of: service, counts),
                runningTaskCount: counts.running, pendingTaskCount: counts.pending)
        }
        let brief = brief(deployment, of: service, cluster: cluster)
        return ECS.ServiceDeployment(
            serviceDeploymentArn: brief.serviceDeploymentArn, serviceArn: brief.serviceArn,
            clusterArn: brief.clusterArn, createdAt: brief.createdAt, startedAt: brief.startedAt,
            finishedAt: brief.finishedAt, stoppedAt: Timestamp(deployment.stoppedAt),
            updatedAt: Timestamp(deployment.updatedAt),
            sourceServiceRevisions: deployment.sources.map(summary),
            targetServiceRevision: summary(deployment.target), status: brief.status,
            statusReason: deployment.statusReason,
            deploymentConfiguration: rendered(deployment.configuration, document),
            rollback: deployment.rollback.map { rollback in
                ECS.Rollback(
                    reason: rollback.reason, startedAt: Timestamp(rollback.startedAt),
                    serviceRevisionArn: arns.serviceRevision(
                        rollback.revision, of: service.name, cluster: cluster))
            },
            deploymentCircuitBreaker: breaker(of: deployment, of: service),
            alarms: ECS.ServiceDeploymentAlarms(
                status: .disabled, alarmNames: document.alarms?.alarmNames ?? []))
    }

    /// What the circuit breaker counted, or counts while the deployment is under way.
    func breaker(
        of deployment: Model.ServiceDeployment, of service: Model.Service
    ) -> ECS.ServiceDeploymentCircuitBreaker {
        let current = service.deployments.first { $0.serviceDeployment == deployment.id }
        let status: ECS.ServiceDeploymentRollbackMonitorsStatus =
            if !deployment.configuration.circuitBreaker.enable {
                .disabled
            } else if deployment.isTripped {
                .triggered
            } else {
                deployment.status.isFinal ? .monitoringComplete : .monitoring
            }
        return ECS.ServiceDeploymentCircuitBreaker(
            status: status, failureCount: deployment.failureCount ?? current?.failedTasks ?? 0,
            threshold: deployment.threshold
                ?? CircuitBreakerSettings.threshold(desiredCount: service.desiredCount))
    }

    func rendered(
        _ revision: Model.ServiceRevision, of service: Model.Service, cluster: String,
        in state: ClusterState
    ) throws(APIError) -> ECS.ServiceRevision {
        let document = try Coding.read(ServiceDocument.self, from: revision.document)
        let containers = state.definitions[revision.taskDefinition]?.containers ?? []
        return ECS.ServiceRevision(
            serviceRevisionArn: arns.serviceRevision(
                revision.id, of: service.name, cluster: cluster),
            serviceArn: arns.service(service.name, cluster: cluster),
            clusterArn: arns.cluster(cluster),
            taskDefinition: arns.taskDefinition(revision.taskDefinition),
            launchType: ECS.LaunchType(rawValue: revision.launchType.rawValue),
            loadBalancers: [], serviceRegistries: [],
            networkConfiguration: document.networkConfiguration,
            containerImages: containers.map {
                ECS.ContainerImage(containerName: $0.name, image: $0.image)
            },
            guardDutyEnabled: false, createdAt: Timestamp(revision.createdAt))
    }
}
