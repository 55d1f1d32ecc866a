import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement
import Rollout

/// Services: from what is to what is wished.
extension ManagerCore {
    /// Looks at every service that the step touched, each at most a few times: what a plan stops
    /// can make room for what the next one starts.
    mutating func reconcileDirty() {
        var rounds: [ServiceID: Int] = [:]
        while let id = dirty.first {
            dirty.remove(id)
            guard let service = state.services[id], service.status != .inactive else { continue }
            rounds[id, default: 0] += 1
            guard rounds[id, default: 0] <= 4 else {
                schedule(.reconcile(id), after: .zero)
                continue
            }
            reconcile(service)
        }
    }

    private mutating func reconcile(_ service: Service) {
        let tasks = state.outlines(of: service.id)
        // What a plan starts, and how many it stops, does not depend on the order of tasks, in
        // which they come here as it happens; which ones it stops does.
        var plan = RollingPlan.plan(view(of: service, tasks))
        if !plan.stop.isEmpty {
            plan = RollingPlan.plan(view(of: service, inOrderOfScaleIn(tasks, of: service)))
        }
        carryOut(stops: plan.stop, of: service)
        if service.status == .draining {
            finishDraining(service, tasks)
            return
        }
        start(plan.start, of: service)
        report(isBlocked: plan.isBlocked, service)
        report(isHeld: plan.isHeldByProtection, service)
        dropFinishedDeployments(of: service, tasks, steady: plan.isSteady)
        if plan.isSteady { settle(service) }
    }

    private func view(
        of service: Service, _ tasks: some Collection<(key: TaskID, value: TaskOutline)>
    ) -> ServiceView {
        let primary = service.deployments.first?.id
        let held = holds[service.cluster]?.silent
        var views: [ServiceView.Task] = []
        views.reserveCapacity(tasks.count)
        var lingering = 0
        for (id, task) in tasks {
            guard task.desiredStatus == .running else {
                if task.onLost == .stop { lingering += 1 }
                continue
            }
            views.append(
                ServiceView.Task(
                    id: id, isNew: task.deployment == primary, status: task.lastStatus,
                    isHealthy: isHealthy(id, task),
                    isDraining: !state.isActive(task.instance),
                    isUncertain: held?.contains(task.instance) == true || isUnproved(id, task)
                        || awaitedEnds[id] != nil,
                    isProtected: task.isProtected(at: now.wall)))
        }
        return ServiceView(
            desiredCount: service.status == .draining ? 0 : service.desiredCount,
            bounds: service.status == .draining
                ? DeploymentConfiguration(minimumHealthyPercent: 0)
                : service.deploymentConfiguration,
            tasks: views, stopping: tasks.count - views.count, lingering: lingering)
    }

    /// Counts for the minimum healthy percent: RUNNING, and for long enough.
    private func isHealthy(_ id: TaskID, _ task: TaskOutline) -> Bool {
        guard task.lastStatus == .running else { return false }
        guard let since = runningSince[id] else { return true }
        return now.monotonic - since >= settings.healthyAfter
    }

    /// A task that ran when this core began; since when is not known.
    private func isUnproved(_ id: TaskID, _ task: TaskOutline) -> Bool {
        now.monotonic - startedAt < settings.healthyAfter && task.lastStatus == .running
            && runningSince[id] == nil
    }

    private mutating func carryOut(stops: [TaskID], of service: Service) {
        guard !stops.isEmpty, let primary = service.deployments.first else { return }
        let wall = now.wall
        for id in stops {
            update(id) { task in
                task.desiredStatus = .stopped
                task.stopCode = .serviceSchedulerInitiated
                task.stoppedReason =
                    "Scaling activity initiated by (deployment \(task.deployment ?? primary.id))"
                task.stoppingAt = wall
            }
        }
        say(service, "has stopped \(stops.count) running tasks: \(list(stops)).")
    }

    /// Starts tasks of the PRIMARY deployment, as many as find a place.
    private mutating func start(_ wanted: Int, of service: Service) {
        guard wanted > 0 else {
            starved[service.id] = nil
            return
        }
        if let due = throttles[service.id]?.notBefore, due > now.monotonic { return }
        guard let deployment = service.deployments.first,
            let blueprint = blueprint(of: service, deployment)
        else { return }
        let count = min(wanted, ManagerSettings.startsPerStepMaximum)
        if count < wanted {
            schedule(.reconcile(service.id), after: .zero)
            isCutShort = true
        }
        var started: [TaskID] = []
        for left in (1...count).reversed() {
            switch choosePlace(for: blueprint, expecting: left) {
            case .success(let instance):
                started.append(create(blueprint, on: instance).id)
            case .failure(let refusal):
                if !started.isEmpty {
                    // It got further: what stops it now is news, though it be what stopped it then.
                    starved[service.id] = nil
                    sayStarted(service, started)
                }
                sayUnplaceable(service, refusal)
                return
            }
        }
        starved[service.id] = nil
        sayStarted(service, started)
    }

    private func blueprint(of service: Service, _ deployment: Deployment) -> TaskBlueprint? {
        guard let definition = state.definitions[deployment.taskDefinition],
            let cluster = state.clusters[service.cluster]
        else { return nil }
        var tags: [Tag] =
            switch service.propagateTags {
            case .none: []
            case .service: service.tags
            case .taskDefinition: definition.tags
            }
        if service.enableManagedTags {
            tags.append(Tag(key: "aws:ecs:clusterName", value: cluster.name))
            tags.append(Tag(key: "aws:ecs:serviceName", value: service.name))
        }
        return TaskBlueprint(
            of: definition, in: service.cluster, group: "service:\(service.name)",
            startedBy: "\(deployment.id)", service: service.id, deployment: deployment.id,
            launchType: service.launchType, tags: tags,
            constraints: service.placementConstraints,
            strategies: service.placementStrategy.isEmpty
                ? Need.serviceDefault : service.placementStrategy)
    }

    /// Older deployments leave the list when their last task has stopped. The last of them stays
    /// until the new one stands: clients take a service with one deployment for stable.
    private mutating func dropFinishedDeployments(
        of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>, steady: Bool
    ) {
        guard service.deployments.count > (steady ? 1 : 2) else { return }
        let live = Set(tasks.values.map(\.deployment))
        update(service.id) { service in
            var older = service.deployments.dropFirst().filter { live.contains($0.id) }
            if older.isEmpty, !steady { older = Array(service.deployments[1...1]) }
            service.deployments = service.deployments.prefix(1) + older
        }
    }

    /// The service has what it wishes: its deployment is complete.
    private mutating func settle(_ service: Service) {
        guard let primary = service.deployments.first else { return }
        let wasComplete = primary.rolloutState == .completed
        let wall = now.wall
        update(service.id) { service in
            guard service.deployments[0].rolloutState != .completed else { return }
            service.deployments[0].rolloutState = .completed
            service.deployments[0].rolloutStateReason = "ECS deployment \(primary.id) completed."
            service.deployments[0].updatedAt = wall
        }
        if !wasComplete { say(service, "(deployment \(primary.id)) deployment completed.") }
        saySteady(service)
    }

    private mutating func finishDraining(
        _ service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) {
        guard tasks.isEmpty else { return }
        update(service.id) { service in
            service.status = .inactive
            service.deployments.removeAll()
        }
        throttles[service.id] = nil
        starved[service.id] = nil
        blocked.remove(service.id)
        heldByProtection.remove(service.id)
        retire(.service(service.id))
    }
}
