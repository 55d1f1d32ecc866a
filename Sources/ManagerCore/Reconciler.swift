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
        while let id = urgent.first ?? dirty.first {
            urgent.remove(id)
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

    private mutating func reconcile(_ known: Service) {
        let tasks = state.outlines(of: known.id)
        advanceDeployments(of: known, tasks)
        guard let service = state.services[known.id] else { return }
        if service.controller == .external { return reconcileExternal(service, tasks) }
        guard service.schedulingStrategy == .replica else { return reconcileDaemon(service, tasks) }
        // What a plan starts, and how many it stops, does not depend on the order of tasks, in
        // which they come here as it happens; which ones it stops does.
        lookAgainAfterGrace(of: service, tasks)
        let moving = movesUnderWay(of: service, tasks)
        var plan = RollingPlan.plan(view(of: service, tasks, moving))
        if !plan.stop.isEmpty || !plan.stopUnhealthy.isEmpty {
            let order = leaversFirst(
                evenly(inOrderOfScaleIn(tasks, of: service), of: service), of: service)
            plan = RollingPlan.plan(view(of: service, order, moving))
        }
        if replace(unhealthy: plan.stopUnhealthy, of: service) { return }
        carryOut(stops: plan.stop, of: service, tasks, moving: moving)
        if service.status == .draining {
            finishDraining(service, tasks)
            return
        }
        if plan.restore > 0, let held = service.held { start(plan.restore, of: service, held) }
        if plan.start > 0, let primary = service.deployments.first {
            start(plan.start, of: service, primary)
        } else if plan.restore == 0 {
            starved[service.id] = nil
        }
        report(isBlocked: plan.isBlocked, service)
        report(isHeld: plan.isHeldByProtection, service)
        dropFinishedDeployments(of: service, tasks, steady: plan.isSteady)
        if plan.isSteady { settle(service, tasks) }
    }

    func view(
        of service: Service, _ tasks: some Collection<(key: TaskID, value: TaskOutline)>,
        _ moving: Int = 0
    ) -> ServiceView {
        let primary = service.deployments.first
        let held = service.held
        let silent = holds[service.cluster]?.silent
        let due = held.flatMap { throttles[$0.id]?.notBefore }
        // Who may not launch yet is kept no room.
        var lost = due.map { $0 > now.monotonic } == true ? 0 : held?.tally.held ?? 0
        var views: [ServiceView.Task] = []
        views.reserveCapacity(tasks.count)
        var lingering = 0
        for (id, task) in tasks {
            guard task.desiredStatus == .running else {
                if task.onLost == .stop { lingering += 1 }
                continue
            }
            let view = view(of: id, task, service, silent, held)
            if view.isHeld, !view.isUnhealthy { lost -= 1 }
            views.append(view)
        }
        return ServiceView(
            desiredCount: service.status == .draining ? 0 : service.desiredCount,
            bounds: service.status == .draining
                ? DeploymentConfiguration(minimumHealthyPercent: 0)
                : service.deploymentConfiguration,
            tasks: views, stopping: tasks.count - views.count, lingering: lingering,
            lost: max(0, lost), hasFailed: primary?.rolloutState == .failed,
            moving: moving)
    }

    func view(
        of id: TaskID, _ task: TaskOutline, _ service: Service,
        _ silent: OrderedSet<InstanceID>?, _ held: Deployment? = nil
    ) -> ServiceView.Task {
        ServiceView.Task(
            id: id, isNew: task.deployment == service.deployments.first?.id,
            status: task.lastStatus,
            isHealthy: isHealthy(id, task), isDraining: !state.isActive(task.instance),
            isUnhealthy: isUnhealthy(task, of: service),
            isUncertain: silent?.contains(task.instance) == true || isUnproved(id, task)
                || awaitedEnds[id] != nil,
            isProtected: task.isProtected(at: now.wall),
            isHeld: held != nil && task.deployment == held?.id)
    }

    /// Counts for the minimum healthy percent: RUNNING, and HEALTHY where it has a health check,
    /// for long enough where it has none.
    func isHealthy(_ id: TaskID, _ task: TaskOutline) -> Bool {
        guard task.lastStatus == .running else { return false }
        if task.hasHealthCheck { return task.health == .healthy }
        guard let since = runningSince[id] else { return true }
        return now.monotonic - since >= settings.healthyAfter
    }

    /// A task that ran when this core began; since when is not known.
    private func isUnproved(_ id: TaskID, _ task: TaskOutline) -> Bool {
        now.monotonic - startedAt < settings.healthyAfter && task.lastStatus == .running
            && runningSince[id] == nil
    }

    mutating func carryOut(stops: [TaskID], of service: Service) {
        guard !stops.isEmpty, let primary = service.deployments.first else { return }
        for id in stops {
            let deployment = state.tasks[id]?.deployment ?? primary.id
            stop([id], "Scaling activity initiated by (deployment \(deployment))")
        }
        say(service, "has stopped \(stops.count) running tasks: \(list(stops)).")
    }

    /// Wishes tasks of services stopped.
    mutating func stop(_ tasks: [TaskID], _ reason: String) {
        let wall = now.wall
        for id in tasks {
            update(id) { task in
                task.desiredStatus = .stopped
                task.stopCode = .serviceSchedulerInitiated
                task.stoppedReason = reason
                task.stoppingAt = wall
            }
        }
    }

    /// Starts tasks of a deployment, as many as find a place.
    mutating func start(_ wanted: Int, of service: Service, _ deployment: Deployment) {
        if let due = throttles[deployment.id]?.notBefore, due > now.monotonic { return }
        let room = launchRoom(of: service.id)
        guard room > 0 else { return }
        let count = min(wanted, room, ManagerSettings.startsPerStepMaximum)
        // Whose the tasks are; all are nobody's without a strategy. What is of a provider without
        // room waits, and the others go on.
        var split = partition(of: service, deployment)
        var parts: OrderedDictionary<String?, Int> = [:]
        if split == nil {
            parts[nil] = count
        } else {
            for _ in 0..<count { parts[split?.next(), default: 0] += 1 }
        }
        var started: [TaskID] = []
        var nearest: Refusal?
        for (provider, count) in parts {
            let own = provider.flatMap { part(of: $0, in: service.cluster) }
            guard let blueprint = blueprint(of: service, deployment, for: own) else { return }
            let places = takePlaces(for: blueprint, count: count)
            started += places.instances.map { create(blueprint, on: $0).id }
            nearest = nearest ?? places.refusal
        }
        noteLaunches(started.count, of: service)
        // Where one found no place, the next step would find none either.
        if count < wanted, count < room, nearest == nil {
            schedule(.reconcile(service.id), after: .zero)
            isCutShort = true
        }
        finishStart(of: service, deployment, started, lacking: wanted - started.count, nearest)
    }

    private mutating func finishStart(
        of service: Service, _ deployment: Deployment, _ started: [TaskID], lacking: Int,
        _ refusal: Refusal?
    ) {
        guard let refusal else {
            starved[service.id] = nil
            return sayStarted(service, started)
        }
        if !started.isEmpty {
            // It got further: what stops it now is news, though it be what stopped it then.
            starved[service.id] = nil
            sayStarted(service, started)
        }
        sayUnplaceable(service, nearest: refusal.nearest)
        if deployment.id == service.deployments.first?.id {
            countUnplaced(lacking, of: service.id)
        }
    }

    func blueprint(
        of service: Service, _ deployment: Deployment, for part: TaskBlueprint.Part? = nil
    ) -> TaskBlueprint? {
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
            tags.append(
                service.daemonName.map { Tag(key: "aws:ecs:daemonName", value: $0) }
                    ?? Tag(key: "aws:ecs:serviceName", value: service.name))
        }
        return TaskBlueprint(
            of: definition, in: service.cluster, group: service.group,
            startedBy: "\(deployment.id)", service: service.id, deployment: deployment.id,
            launchType: service.launchType, part: part,
            takesCommands: service.takesCommands ?? false, tags: tags,
            constraints: service.placementConstraints,
            strategies: service.placementStrategy.isEmpty
                ? Need.serviceDefault : service.placementStrategy)
    }

    /// Older deployments leave the list when their last task has stopped. The last of them stays
    /// until the new one stands: clients take a service with one deployment for stable.
    mutating func dropFinishedDeployments(
        of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>, steady: Bool
    ) {
        // The plan may have failed the PRIMARY one and brought back another.
        guard service.deployments.count > (steady ? 1 : 2),
            state.services[service.id]?.deployments.first?.id == service.deployments.first?.id
        else { return }
        let live = Set(tasks.values.map(\.deployment))
        var older = service.deployments.dropFirst().filter { live.contains($0.id) }
        if older.isEmpty, !steady { older = Array(service.deployments[1...1]) }
        let dropped = service.deployments.dropFirst().filter { !older.contains($0) }
        for deployment in dropped {
            throttles[deployment.id] = nil
            finish(deployment, of: service.id, as: .stopped)
        }
        update(service.id) { service in
            service.deployments.removeAll { candidate in
                dropped.contains { $0.id == candidate.id }
            }
        }
    }

    /// The service has what it wishes: its deployment is complete, unless some of its tasks may
    /// still be found to crash.
    mutating func settle(_ service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>) {
        if crashWatch.isEmpty || !tasks.keys.contains(where: { crashWatch.contains($0) }) {
            completeDeployment(of: service)
        }
        if !evenOut(service, tasks) { saySteady(service) }
    }

    mutating func finishDraining(
        _ service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) {
        guard tasks.isEmpty else { return }
        launches[service.id] = nil
        for set in service.taskSets { throttles[set.id] = nil }
        for deployment in service.deployments {
            throttles[deployment.id] = nil
            finish(deployment, of: service.id, as: .stopped)
        }
        update(service.id) { service in
            service.status = .inactive
            service.deployments.removeAll()
            service.taskSets.removeAll()
        }
        starved[service.id] = nil
        blocked[service.id] = nil
        heldByProtection.remove(service.id)
        steadyAgain[service.id] = nil
        rebalancing[service.id] = nil
        graceLooks[service.id] = nil
        retire(.service(service.id))
    }
}

extension Service {
    /// The older deployment whose tasks are replaced by their like while they are needed: the
    /// newest that was known to work.
    fileprivate var held: Deployment? {
        let older = deployments.dropFirst()
        return older.first { $0.rolloutState == .completed }
            ?? older.first { $0.rolloutState == .inProgress && $0.tally.hasRun }
    }
}
