import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Rollout

/// Tasks with health checks: whose health counts when, and what follows when it is bad. Which
/// unhealthy task goes when is the plan's to say (`UnhealthyStops`, `DaemonPlan`).
extension ManagerCore {
    /// What a task's `stoppedReason` says.
    package static let unhealthyReason = "Task failed container health checks"

    /// The task failed its health checks, and its service's grace period is over for it. It counts
    /// from the task's start, in civil time, which holds over restarts of the manager.
    func isUnhealthy(_ task: TaskOutline, of service: Service) -> Bool {
        task.isFoundUnhealthy && graceEnd(of: task, service).map { $0 <= now.wall } ?? true
    }

    private func graceEnd(of task: TaskOutline, _ service: Service) -> WallTime? {
        guard let grace = service.healthCheckGracePeriod, grace > 0 else { return nil }
        return (task.startedAt ?? task.createdAt) + .seconds(grace)
    }

    /// Sees to it that a service is looked at again when the first of its unhealthy tasks is out of
    /// its grace period.
    mutating func lookAgainAfterGrace(
        of service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) {
        guard service.healthCheckGracePeriod ?? 0 > 0 else { return }
        let wall = now.wall
        var first: WallTime?
        for task in tasks.values where task.isFoundUnhealthy && task.desiredStatus == .running {
            guard let end = graceEnd(of: task, service), end > wall else { continue }
            first = min(first ?? end, end)
        }
        guard let first else { return }
        let delay = Duration.milliseconds(first.milliseconds - wall.milliseconds)
        let due = now.monotonic + delay
        if let known = graceLooks[service.id], known > now.monotonic, known <= due { return }
        graceLooks[service.id] = due
        schedule(.reconcile(service.id), after: delay)
    }

    /// What a report has to say of health: the definitions that say whose counts, or `nil` when it
    /// has no news. One that was sent before another of its session and came after it has none.
    mutating func takeHealth(
        of task: ECSTask, _ report: TaskReport, isFirst: Bool
    ) -> [ContainerDefinition]? {
        guard let definition = state.definitions[task.definition],
            definition.containers.contains(where: { $0.healthCheck != nil })
        else { return nil }
        if !isFirst, let known = healthNumbers[task.id], report.healthNumber < known {
            notice(.debug, "older health ignored", ["task": "\(task.id)"])
            return nil
        }
        healthNumbers[task.id] = report.healthNumber
        return definition.containers
    }

    /// A task that became HEALTHY proves that its deployment's tasks can.
    mutating func healthChanged(from old: ECSTask) {
        guard old.health != .healthy, let task = state.tasks[old.id], task.health == .healthy,
            task.lastStatus == .running, let service = task.service,
            let deployment = task.deployment
        else { return }
        updateBreaker(of: deployment, service) { $0.taskRan() }
    }

    /// Stops tasks that failed their health checks, and counts them for their deployment.
    ///
    /// - Returns: Whether the service has another PRIMARY deployment by that, or its own has
    ///   FAILED, so that it must be looked at anew.
    mutating func replace(unhealthy tasks: [TaskID], of service: Service) -> Bool {
        guard !tasks.isEmpty else { return false }
        say(service, "\(list(tasks)) failed container health checks.")
        let deployments = OrderedDictionary(grouping: tasks) { state.tasks[$0]?.deployment }
        for case (let deployment?, let own) in deployments {
            updateBreaker(of: deployment, service.id) { breaker in
                breaker.count(breaker.hasRun ? .unhealthy : .neverRan, times: own.count)
            }
        }
        stop(tasks, Self.unhealthyReason)
        say(service, "has stopped \(tasks.count) running tasks: \(list(tasks)).")
        tripIfDue(service.id)
        let after = state.services[service.id]?.deployments.first
        let before = service.deployments.first
        let isAsBefore = after?.id == before?.id && after?.rolloutState == before?.rolloutState
        // Of an EXTERNAL service only the part is known here; nothing trips there.
        guard service.controller == .ecs, !isAsBefore else { return false }
        dirty.append(service.id)
        return true
    }
}

extension TaskOutline {
    fileprivate var isFoundUnhealthy: Bool { hasHealthCheck && health == .unhealthy }
}
