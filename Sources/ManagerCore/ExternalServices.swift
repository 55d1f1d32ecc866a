import ClusterState
import HashTreeCollections
package import Model
import Rollout

extension Deployment {
    /// A task set as if it were its service's one deployment.
    init(_ set: TaskSet) {
        self.init(
            id: set.id, taskDefinition: set.taskDefinition,
            rolloutState: set.isSteady ? .completed : .inProgress, createdAt: set.createdAt,
            updatedAt: set.updatedAt)
    }
}

extension Service {
    /// What one task set makes of the service: one with a deployment and a count of its own.
    package func part(of set: TaskSet) -> Service {
        var part = self
        part.deployments = [Deployment(set)]
        part.launchType = set.launchType
        part.desiredCount = set.desiredCount(of: desiredCount)
        if set.isDraining { part.deploymentConfiguration.minimumHealthyPercent = 0 }
        return part
    }
}

/// Services with the EXTERNAL deployment controller: each task set is kept at its share of the
/// desired count, as if it were a service of one deployment.
extension ManagerCore {
    mutating func reconcileExternal(
        _ service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) {
        var isSteady = true
        var isHeld = false
        lookAgainAfterGrace(of: service, tasks)
        for set in service.taskSets {
            let own = tasks.filter { $0.value.deployment == set.id }
            let plan = reconcile(set, own, of: service)
            isSteady = isSteady && plan.isSteady
            isHeld = isHeld || plan.isHeldByProtection
        }
        report(isHeld: isHeld, service)
        if service.status == .draining { return finishDraining(service, tasks) }
        if isSteady, !service.taskSets.isEmpty { saySteady(service) }
    }

    private mutating func reconcile(
        _ set: TaskSet, _ tasks: TreeDictionary<TaskID, TaskOutline>, of service: Service
    ) -> ServicePlan {
        let deployment = Deployment(set)
        let part = service.part(of: set)
        var plan = RollingPlan.plan(view(of: part, tasks))
        if !plan.stop.isEmpty || !plan.stopUnhealthy.isEmpty {
            plan = RollingPlan.plan(view(of: part, inOrderOfScaleIn(tasks, of: part)))
        }
        _ = replace(unhealthy: plan.stopUnhealthy, of: part)
        carryOut(stops: plan.stop, of: part)
        if plan.start > 0, service.status == .active { start(plan.start, of: part, deployment) }
        settle(set, isGone: set.isDraining && tasks.isEmpty, isSteady: plan.isSteady, of: service)
        return plan
    }

    private mutating func settle(
        _ set: TaskSet, isGone: Bool, isSteady: Bool, of service: Service
    ) {
        if isGone { throttles[set.id] = nil }
        let wall = now.wall
        update(service.id) { service in
            guard let index = service.taskSets.firstIndex(where: { $0.id == set.id }) else {
                return
            }
            if isGone {
                service.taskSets.remove(at: index)
            } else if service.taskSets[index].isSteady != isSteady {
                service.taskSets[index].isSteady = isSteady
                service.taskSets[index].stabilityAt = wall
            }
        }
    }
}
