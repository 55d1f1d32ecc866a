import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement
import Rollout

/// Services that want one task on each instance (``DaemonPlan``).
extension ManagerCore {
    /// Instances came, went or changed: the services that want to be on each are looked at before
    /// all others, so that their tasks get their room first.
    mutating func reconsiderDaemons(of cluster: ClusterID) {
        urgent.formUnion(state.daemons(of: cluster))
    }

    mutating func reconcileDaemon(
        _ service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) {
        guard let primary = service.deployments.first,
            let blueprint = blueprint(of: service, primary)
        else { return finishDraining(service, tasks) }
        let plan = DaemonPlan(view(of: service, tasks, blueprint.need))
        update(service.id) { $0.desiredCount = plan.desiredCount }
        lookAgainAfterGrace(of: service, tasks)
        if replace(unhealthy: plan.stopUnhealthy, of: service) { return }
        carryOut(stops: plan.stop, of: service)
        if service.status == .draining { return finishDraining(service, tasks) }
        start(plan.start, of: service, blueprint)
        report(isBlocked: plan.isBlocked, service)
        dropFinishedDeployments(of: service, tasks, steady: plan.isSteady)
        if plan.isSteady { settle(service, tasks) }
    }

    func view(
        of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>, _ need: Need
    ) -> DaemonView {
        let silent = holds[service.cluster]?.silent
        var wanted: [InstanceID: [ServiceView.Task]] = [:]
        var stopping: [InstanceID: Int] = [:]
        for (id, task) in tasks {
            if task.desiredStatus == .running {
                wanted[task.instance, default: []].append(view(of: id, task, service, silent))
            } else {
                stopping[task.instance, default: 0] += 1
            }
        }
        let isLeaving = service.status == .draining
        let places = state.instances(of: service.cluster).compactMap { instance in
            let own = (wanted[instance.id] ?? []).sorted { $0.id < $1.id }
            if instance.status == .inactive, own.isEmpty { return nil as DaemonView.Place? }
            return DaemonView.Place(
                instance: instance.id, isEligible: !isLeaving && instance.suits(need),
                keepsTasks: !isLeaving && keepsTasks(instance), tasks: own,
                stopping: stopping[instance.id] ?? 0)
        }
        var view = DaemonView(
            places: places,
            minimumHealthyPercent: service.deploymentConfiguration.minimumHealthyPercent,
            hasFailed: service.deployments.first?.rolloutState == .failed)
        view.goesOn = service.daemonName != nil
        return view
    }

    /// Whether tasks stay on an instance that gets none: its agent can be told nothing, or it
    /// drains and has tasks of others yet.
    private func keepsTasks(_ instance: ContainerInstance) -> Bool {
        if !instance.agentConnected { return true }
        guard instance.status == .draining else { return false }
        return state.liveTasks(on: instance.id).contains { task in
            let service = task.service.flatMap { state.services[$0] }
            return service?.schedulingStrategy != .daemon
        }
    }

    private mutating func start(
        _ instances: [InstanceID], of service: Service, _ blueprint: TaskBlueprint
    ) {
        guard !instances.isEmpty else {
            starved[service.id] = nil
            return
        }
        let due = blueprint.need.deployment.flatMap { throttles[$0]?.notBefore }
        if let due, due > now.monotonic { return }
        var started: [TaskID] = []
        var misfits: [Refusal.Entry] = []
        for instance in instances {
            if let misfit = takePlace(for: blueprint, on: instance) {
                misfits.append(Refusal.Entry(instance: instance, misfit: misfit))
            } else {
                started.append(create(blueprint, on: instance).id)
            }
        }
        if !started.isEmpty { sayStarted(service, started) }
        guard !misfits.isEmpty else {
            starved[service.id] = nil
            return
        }
        sayUnplaceable(service, nearest: misfits.first)
        countUnplaced(misfits.count, of: service.id)
    }
}

extension ContainerInstance {
    /// Whether a task of a DAEMON service is wanted here, whatever room there is.
    fileprivate func suits(_ need: Need) -> Bool {
        guard status == .active, agentConnected else { return false }
        let room = Need(
            resources: Resources(), requiredAttributes: need.requiredAttributes,
            constraints: need.constraints)
        return Candidate(
            instance: self, connected: true, freeCPU: 0, freeMemory: 0
        ).misfit(for: room) == nil
    }
}
