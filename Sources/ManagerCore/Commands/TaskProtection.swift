import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Rollout

/// Task scale-in protection: neither a service's scale-in nor its deployments stop a protected
/// task.
extension ManagerCore {
    mutating func updateProtection(
        of ids: [TaskID], in reference: ClusterReference, minutes: Int?
    ) throws(APIError) -> Outcome {
        let cluster = try activeCluster(reference)
        let until = minutes.map { now.wall + .seconds(60 * $0) }
        var protections: [TaskProtection] = []
        var failures: [TaskProtection.Failure] = []
        for id in ids {
            guard let task = state.tasks[id], task.cluster == cluster.id else {
                failures.append(.missing(id))
                continue
            }
            if let failure = protectionFailure(of: task, isWanted: until != nil) {
                failures.append(failure)
                continue
            }
            update(id) { $0.protectedUntil = until }
            if let until { lookAtProtection(of: id, at: until) }
            protections.append(TaskProtection(task: id, until: until))
        }
        return .protections(protections, failures: failures)
    }

    private func protectionFailure(
        of task: ECSTask, isWanted: Bool
    ) -> TaskProtection.Failure? {
        guard let service = task.service else { return .ofNoService(task.id) }
        guard task.desiredStatus == .running else {
            return TaskProtection.Failure(
                task: task.id, reason: "TASK_NOT_VALID",
                detail: "The specified task is stopping or has stopped.")
        }
        guard isWanted, heldByProtection.contains(service) else { return nil }
        return TaskProtection.Failure(
            task: task.id, reason: "DEPLOYMENT_BLOCKED",
            detail: "Protected tasks keep the deployment of the service from its steady state. "
                + "Wait until their protection ends, or end it, before more is set.")
    }

    /// Ends a protection whose time has come, so that readers, who have no clock, see it ended.
    mutating func protectionIsDue(of id: TaskID) {
        guard let look = protectionLooks[id], look <= now.monotonic else { return }
        protectionLooks[id] = nil
        guard let task = state.tasks[id], task.lastStatus != .stopped,
            let until = task.protectedUntil
        else { return }
        guard until <= now.wall else { return lookAtProtection(of: id, at: until) }
        cause = "task protection ended"
        update(id) { $0.protectedUntil = nil }
    }

    /// The ends of all protections, by task.
    var endsOfProtection: [(TaskID, WallTime)] {
        state.tasks.values.compactMap { task in
            task.lastStatus == .stopped ? nil : task.protectedUntil.map { (task.id, $0) }
        }.sorted { $0.0 < $1.0 }
    }

    mutating func lookAtProtection(of id: TaskID, at time: WallTime) {
        let delay = untilLook(at: time)
        // One that comes before looks again.
        if let look = protectionLooks[id], look <= now.monotonic + delay { return }
        protectionLooks[id] = now.monotonic + delay
        schedule(.protectionEnds(id), after: delay)
    }

    /// Says once that protected tasks keep a service from its steady state.
    mutating func report(isHeld: Bool, _ service: Service) {
        guard isHeld else {
            heldByProtection.remove(service.id)
            return
        }
        guard heldByProtection.insert(service.id).inserted else { return }
        let primary = service.deployments.first?.id
        let protected = state.outlines(of: service.id)
            .filter { $0.value.desiredStatus == .running && $0.value.isProtected(at: now.wall) }
            .compactMap(\.value.deployment).sorted()
        // That of the tasks which are to go first.
        guard let deployment = protected.first(where: { $0 != primary }) ?? primary else { return }
        say(
            service,
            "was unable to reach steady state because task set (\(deployment)) was unable to scale "
                + "in. Reason: The number of protected tasks are more than the desired count of "
                + "tasks")
    }
}
