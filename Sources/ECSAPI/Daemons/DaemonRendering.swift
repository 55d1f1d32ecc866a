import ClusterState
import HashTreeCollections
import Model

/// Managed daemons, their deployments and revisions, as ECS shows them.
extension Call {
    func summary(
        of service: Model.Service, cluster: String, in state: ClusterState
    ) -> ECS.DaemonSummary {
        let newest = state.serviceDeployments(of: service.id).first
        return ECS.DaemonSummary(
            daemonArn: arns.daemon(service, cluster: cluster),
            status: service.status == .active ? .active : .deleteInProgress,
            createdAt: Timestamp(service.createdAt),
            updatedAt: Timestamp(newest?.updatedAt ?? service.createdAt))
    }

    /// That of the newest deployment.
    func daemonDeploymentARN(
        of service: Model.Service, cluster: String, in state: ClusterState
    ) -> String? {
        state.serviceDeployments(of: service.id).first.map {
            arns.daemonDeployment($0.id, of: service, cluster: cluster)
        }
    }

    func rendered(
        daemon service: Model.Service, cluster: String, in state: ClusterState
    ) -> ECS.DaemonDetail {
        let shown = summary(of: service, cluster: cluster, in: state)
        return ECS.DaemonDetail(
            daemonArn: shown.daemonArn, clusterArn: arns.cluster(cluster), status: shown.status,
            currentRevisions: service.deployments.map { deployment in
                let seats = DaemonSeats(of: deployment.id, in: service, state)
                return ECS.DaemonRevisionDetail(
                    arn: arns.daemonRevision(deployment.id, of: service, cluster: cluster),
                    capacityProviders: seats.providers.map {
                        ECS.DaemonCapacityProvider(
                            arn: arns.capacityProvider($0.name), runningCount: $0.running)
                    }, totalRunningCount: seats.running)
            },
            deploymentArn: daemonDeploymentARN(of: service, cluster: cluster, in: state),
            createdAt: shown.createdAt, updatedAt: shown.updatedAt)
    }

    func summary(
        of deployment: Model.ServiceDeployment, _ service: Model.Service, cluster: String
    ) -> ECS.DaemonDeploymentSummary {
        ECS.DaemonDeploymentSummary(
            daemonDeploymentArn: arns.daemonDeployment(
                deployment.id, of: service, cluster: cluster),
            daemonArn: arns.daemon(service, cluster: cluster), clusterArn: arns.cluster(cluster),
            status: deployment.status.ofDaemon, statusReason: deployment.statusReason,
            targetDaemonRevisionArn: arns.daemonRevision(
                deployment.target, of: service, cluster: cluster),
            createdAt: Timestamp(deployment.createdAt), startedAt: Timestamp(deployment.startedAt),
            stoppedAt: Timestamp(deployment.stoppedAt),
            finishedAt: Timestamp(deployment.finishedAt))
    }

    func rendered(
        _ deployment: Model.ServiceDeployment, ofDaemon service: Model.Service, cluster: String,
        in state: ClusterState
    ) throws(APIError) -> ECS.DaemonDeployment {
        func detail(_ revision: DeploymentID) -> ECS.DaemonDeploymentRevisionDetail {
            let seats = DaemonSeats(of: revision, in: service, state)
            return ECS.DaemonDeploymentRevisionDetail(
                arn: arns.daemonRevision(revision, of: service, cluster: cluster),
                capacityProviders: seats.providers.map {
                    ECS.DaemonDeploymentCapacityProvider(
                        arn: arns.capacityProvider($0.name), runningInstanceCount: $0.running,
                        drainingInstanceCount: $0.draining)
                }, totalRunningInstanceCount: seats.running,
                totalDrainingInstanceCount: seats.draining)
        }
        let shown = summary(of: deployment, service, cluster: cluster)
        let document = try Coding.read(
            DaemonDocument.self,
            from: state.serviceRevisions[deployment.target]?.document ?? service.document)
        let breaker = breaker(of: deployment, of: service)
        return ECS.DaemonDeployment(
            daemonDeploymentArn: shown.daemonDeploymentArn, clusterArn: shown.clusterArn,
            status: shown.status, statusReason: shown.statusReason,
            targetDaemonRevision: detail(deployment.target),
            sourceDaemonRevisions: deployment.sources.map(detail),
            circuitBreaker: ECS.DaemonCircuitBreaker(
                failureCount: breaker.failureCount,
                status: breaker.status.flatMap {
                    ECS.DaemonDeploymentRollbackMonitorsStatus(rawValue: $0.rawValue)
                }, threshold: breaker.threshold),
            alarms: ECS.DaemonDeploymentAlarms(
                status: .disabled,
                alarmNames: document.deploymentConfiguration.alarms?.alarmNames ?? [],
                triggeredAlarmNames: []),
            rollback: deployment.rollback.map { rollback in
                ECS.DaemonRollback(
                    reason: rollback.reason, startedAt: Timestamp(rollback.startedAt),
                    rollbackTargetDaemonRevisionArn: arns.daemonRevision(
                        rollback.revision, of: service, cluster: cluster),
                    rollbackCapacityProviders: document.capacityProviders.map {
                        arns.capacityProvider($0)
                    })
            }, deploymentConfiguration: document.deploymentConfiguration,
            createdAt: shown.createdAt, startedAt: shown.startedAt, stoppedAt: shown.stoppedAt,
            finishedAt: shown.finishedAt)
    }

    func rendered(
        _ revision: Model.ServiceRevision, ofDaemon service: Model.Service, cluster: String,
        in state: ClusterState
    ) throws(APIError) -> ECS.DaemonRevision {
        let document = try Coding.read(DaemonDocument.self, from: revision.document)
        let containers = state.definitions[revision.taskDefinition]?.containers ?? []
        return ECS.DaemonRevision(
            daemonRevisionArn: arns.daemonRevision(revision.id, of: service, cluster: cluster),
            clusterArn: arns.cluster(cluster), daemonArn: arns.daemon(service, cluster: cluster),
            daemonTaskDefinitionArn: arns.taskDefinition(revision.taskDefinition),
            createdAt: Timestamp(revision.createdAt),
            containerImages: containers.map {
                ECS.DaemonContainerImage(containerName: $0.name, image: $0.image)
            }, propagateTags: document.propagateTags,
            enableECSManagedTags: document.enableECSManagedTags,
            enableExecuteCommand: document.enableExecuteCommand)
    }
}

/// Where the tasks of one revision of a daemon are, by capacity provider.
private struct DaemonSeats {
    /// By name.
    var providers: [(name: String, running: Int, draining: Int)] = []
    var running = 0
    /// Those whose task is on its way out. Muster exchanges tasks and drains no instance for it.
    var draining = 0

    init(of revision: DeploymentID, in service: Model.Service, _ state: ClusterState) {
        var counts: [String: (running: Int, draining: Int)] = [:]
        for task in state.liveTasks(of: service.id) where task.deployment == revision {
            let runs = task.desiredStatus == .running && task.lastStatus == .running
            let leaves = task.desiredStatus == .stopped
            running += runs ? 1 : 0
            draining += leaves ? 1 : 0
            guard let instance = state.instances[task.instance],
                let name = state.capacityProvider(of: instance)?.reference.name
            else { continue }
            counts[name, default: (0, 0)].running += runs ? 1 : 0
            counts[name, default: (0, 0)].draining += leaves ? 1 : 0
        }
        providers = counts.keys.sorted().map { name in
            (name, counts[name]?.running ?? 0, counts[name]?.draining ?? 0)
        }
    }
}

extension Model.ServiceDeployment.Status {
    /// Daemons have no word for a rollback that was asked for and has not begun.
    var ofDaemon: ECS.DaemonDeploymentStatus? {
        self == .rollbackRequested
            ? .rollbackInProgress : ECS.DaemonDeploymentStatus(rawValue: rawValue)
    }
}
