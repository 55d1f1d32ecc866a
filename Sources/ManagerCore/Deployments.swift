import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// The beginning and the end of services' deployments, their way back, and what is kept of them.
extension ManagerCore {
    /// Makes a deployment of a definition PRIMARY. The one before it goes no further.
    mutating func deploy(_ definition: TaskDefinitionKey, by service: inout Service) {
        let id = DeploymentID(number: random.nineteenDigits())
        let sources = service.deployments.map(\.id)
        supersede(&service)
        let deployment = ServiceDeployment(
            id: random.identifier().shortened, service: service.id, target: id, sources: sources,
            configuration: service.deploymentConfiguration, createdAt: now.wall)
        service.deployments.insert(
            Deployment(
                id: id, taskDefinition: definition,
                rolloutStateReason: "ECS deployment \(id) in progress.",
                serviceDeployment: deployment.id, createdAt: now.wall, updatedAt: now.wall),
            at: 0)
        record(
            .serviceRevision(
                ServiceRevision(
                    id: id, service: service.id, taskDefinition: definition,
                    launchType: service.launchType, document: service.document,
                    createdAt: now.wall)))
        record(.serviceDeployment(deployment))
        starved[service.id] = nil
        trimHistory(of: service)
    }

    private mutating func supersede(_ service: inout Service) {
        guard let primary = service.deployments.first else { return }
        let live = state.outlines(of: service.id).values.count {
            $0.deployment == primary.id && $0.desiredStatus == .running
        }
        service.deployments[0].tally.held = min(live, service.desiredCount)
        requestStop(of: primary, "A newer deployment of the service took its place.")
    }

    /// The deployment is to go no further.
    mutating func requestStop(of deployment: Deployment, _ reason: String) {
        update(deployment.serviceDeployment) { record in
            record.status = .stopRequested
            record.statusReason = reason
        }
    }

    /// Takes the records of what is under way one step further. What was asked for happens here and
    /// not in the command, so that a restart of the manager in between loses none of it.
    mutating func advanceDeployments(
        of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) {
        for deployment in service.deployments {
            guard let id = deployment.serviceDeployment,
                let record = state.serviceDeployments[id]
            else { continue }
            switch record.status {
            case .pending:
                let wall = now.wall
                update(id) { record in
                    record.status = .inProgress
                    record.startedAt = wall
                }
            case .rollbackRequested:
                if let target = rollbackTarget(of: service) {
                    rollBack(service, to: target, "Service deployment rolled back by a user.")
                }
            case .stopRequested:
                let isUnderWay = tasks.values.contains {
                    $0.deployment == deployment.id && $0.lastStatus < .running
                }
                if !isUnderWay { finish(deployment, of: service.id, as: .stopped) }
            default: continue
            }
        }
    }

    /// The service stands as its PRIMARY deployment wants it.
    mutating func completeDeployment(of service: Service) {
        guard let primary = service.deployments.first, primary.rolloutState == .inProgress
        else { return }
        let wall = now.wall
        update(service.id) { service in
            service.deployments[0].rolloutState = .completed
            service.deployments[0].rolloutStateReason = "ECS deployment \(primary.id) completed."
            service.deployments[0].updatedAt = wall
            service.lastCompleted = primary.id
        }
        let record = primary.serviceDeployment.flatMap { state.serviceDeployments[$0] }
        finish(
            primary, of: service.id,
            as: record?.status == .rollbackInProgress ? .rollbackSuccessful : .successful)
        say(service, "(deployment \(primary.id)) deployment completed.")
    }

    /// The circuit breaker has seen enough: nothing of the PRIMARY deployment is launched any more,
    /// and if the service wants it so, the last that was completed takes its place.
    mutating func failDeployment(of service: Service) {
        guard let primary = service.deployments.first else { return }
        giveUpPrimary(of: service.id, "ECS deployment circuit breaker: tasks failed to start.")
        say(service, "(deployment \(primary.id)) deployment failed: tasks failed to start.")
        guard let id = primary.serviceDeployment else { return }
        let excess = "the circuit breaker threshold was exceeded."
        update(id) { $0.isTripped = true }
        if state.serviceDeployments[id]?.status == .rollbackInProgress {
            finish(
                primary, of: service.id, as: .rollbackFailed,
                "The rollback of the service deployment failed because " + excess)
        } else if service.deploymentConfiguration.circuitBreaker.rollback,
            let target = rollbackTarget(of: service)
        {
            rollBack(service, to: target, "Service deployment rolled back because " + excess)
        } else {
            requestStop(of: primary, "Service deployment failed because " + excess)
        }
        dirty.append(service.id)
    }

    mutating func giveUpPrimary(of id: ServiceID, _ reason: String) {
        let wall = now.wall
        update(id) { service in
            guard !service.deployments.isEmpty else { return }
            service.deployments[0].rolloutState = .failed
            service.deployments[0].rolloutStateReason = reason
            service.deployments[0].updatedAt = wall
            service.deployments[0].nextStartAt = nil
        }
    }

    /// The deployment that a rollback of the PRIMARY one would go back to: the newest COMPLETED
    /// one.
    func rollbackTarget(of service: Service) -> Deployment? {
        let older = service.deployments.dropFirst()
        guard let id = service.lastCompleted ?? older.first(where: { $0.isComplete })?.id,
            id != service.deployments.first?.id
        else { return nil }
        if let known = older.first(where: { $0.id == id }) { return known }
        guard let revision = state.serviceRevisions[id] else { return nil }
        return Deployment(
            id: id, taskDefinition: revision.taskDefinition, createdAt: revision.createdAt,
            updatedAt: now.wall)
    }

    /// An earlier deployment becomes PRIMARY again, with the tasks that it still has. It is not
    /// COMPLETED until they are as many as wished.
    private mutating func rollBack(_ old: Service, to target: Deployment, _ reason: String) {
        guard let failed = old.deployments.first, let id = failed.serviceDeployment else { return }
        if state.services[old.id]?.deployments.first?.rolloutState != .failed {
            giveUpPrimary(of: old.id, "ECS deployment \(failed.id) was stopped.")
        }
        let wall = now.wall
        update(id) { record in
            record.status = .rollbackInProgress
            record.statusReason = reason
            record.rollback = ServiceDeployment.Rollback(
                reason: reason, startedAt: wall, revision: target.id)
            record.failureCount = failed.failedTasks
            record.threshold = CircuitBreakerSettings.threshold(desiredCount: old.desiredCount)
        }
        update(old.id) { service in
            var primary = target
            primary.rolloutState = .inProgress
            primary.rolloutStateReason =
                "ECS deployment circuit breaker: rolling back to deploymentId \(target.id)."
            primary.failedTasks = 0
            primary.tally = DeploymentTally()
            primary.serviceDeployment = id
            primary.nextStartAt = nil
            primary.updatedAt = wall
            service.deployments[0].serviceDeployment = nil
            service.deployments.removeAll { $0.id == target.id }
            service.deployments.insert(primary, at: 0)
            service.lastCompleted = nil
        }
        throttles[target.id] = nil
        starved[old.id] = nil
        say(old, "rolling back to deployment \(target.id).")
    }

    // MARK: Records

    mutating func update(
        _ id: ServiceDeploymentID?, _ body: (inout ServiceDeployment) -> Void
    ) {
        guard let id, var deployment = state.serviceDeployments[id] else { return }
        let old = deployment
        body(&deployment)
        guard deployment != old else { return }
        deployment.updatedAt = now.wall
        record(.serviceDeployment(deployment))
    }

    /// Closes the record of what is under way with a deployment, if anything is.
    mutating func finish(
        _ deployment: Deployment, of id: ServiceID, as status: ServiceDeployment.Status,
        _ reason: String? = nil
    ) {
        guard let record = deployment.serviceDeployment else { return }
        let wall = now.wall
        let desired = state.services[id]?.desiredCount ?? 0
        let counted = state.services[id]?.deployments.first { $0.id == deployment.id }
        update(record) { record in
            record.status = status
            record.statusReason = reason ?? record.statusReason
            record.finishedAt = wall
            if status == .stopped { record.stoppedAt = wall }
            if record.failureCount == nil {
                record.failureCount = counted?.failedTasks ?? deployment.failedTasks
                record.threshold = CircuitBreakerSettings.threshold(desiredCount: desired)
            }
        }
        update(id) { service in
            guard let index = service.deployments.firstIndex(where: { $0.id == deployment.id })
            else { return }
            service.deployments[index].serviceDeployment = nil
        }
    }

    /// Forgets the oldest records beyond those that are kept, and revisions that none names.
    private mutating func trimHistory(of service: Service) {
        let kept = state.serviceDeployments(of: service.id)
        let surplus = kept.dropFirst(ClusterState.serviceDeploymentsMaximum)
            .filter { $0.status.isFinal }
        guard !surplus.isEmpty else { return }
        for deployment in surplus { record(.removeServiceDeployment(deployment.id)) }
        var named = Set(service.deployments.map(\.id))
        for deployment in state.serviceDeployments(of: service.id) {
            named.formUnion([deployment.target] + deployment.sources)
            if let rollback = deployment.rollback { named.insert(rollback.revision) }
        }
        if let target = service.lastCompleted { named.insert(target) }
        for revision in state.serviceRevisions(of: service.id) where !named.contains(revision.id) {
            record(.removeServiceRevision(revision.id))
        }
    }

    /// A service is forgotten, and its history with it.
    mutating func forgetHistory(of service: ServiceID) {
        for deployment in state.serviceDeployments(of: service) {
            record(.removeServiceDeployment(deployment.id))
        }
        for revision in state.serviceRevisions(of: service) {
            record(.removeServiceRevision(revision.id))
        }
    }
}

extension Deployment {
    fileprivate var isComplete: Bool { rolloutState == .completed }
}
