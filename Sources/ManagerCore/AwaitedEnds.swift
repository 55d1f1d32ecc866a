import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// The end of a task with `muster:on-lost=stop` that nobody can report on: its worker ends it by
/// itself, and until that is surely over no other may take its place.
struct AwaitedEnd: Sendable {
    var due: Instant
    var code: StopCode
    var reason: String
}

/// Tasks of lost workers that must not live twice (DESIGN section 5).
extension ManagerCore {
    /// Nothing was heard of an instance for some time, and nothing of it is answered any more.
    mutating func fellSilent(_ instance: InstanceID, for silence: Duration) {
        quietSince[instance] = now.monotonic + (.zero - silence)
    }

    /// The worker is back: what it says counts from now on.
    mutating func spokeAgain(_ instance: InstanceID) {
        quietSince[instance] = nil
        guard !awaitedEnds.isEmpty else { return }
        for task in state.liveTasks(on: instance) { awaitedEnds[task.id] = nil }
    }

    /// Ends a task of a worker that won't be heard of: now, or when it surely has stopped there.
    mutating func closeUnheard(_ task: ECSTask, code: StopCode, reason: String) {
        let due = surelyStopped(task)
        guard due > now.monotonic else { return close(task.id, code: code, reason: reason) }
        awaitedEnds[task.id] = AwaitedEnd(
            due: due, code: code,
            reason: reason + ". It was replaced when it had surely stopped there (\(OnLost.tag))")
        schedule(.surelyStopped(task.id), after: due - now.monotonic)
        if let service = task.service { dirty.append(service) }
    }

    /// When a task of a silent worker is over for certain. Others than those that stop by
    /// themselves never are, so nobody waits for them.
    private func surelyStopped(_ task: ECSTask) -> Instant {
        guard task.onLost == .stop else { return now.monotonic }
        // In this run nothing was answered to a worker that never had a session in it.
        let unheard = sessions[task.instance] == nil ? startedAt : now.monotonic
        let told = state.instances[task.instance]?.lease ?? 0
        return (quietSince[task.instance] ?? unheard)
            + OnLost.surelyStopped(
                state.definitions[task.definition]?.containers ?? [],
                lease: .milliseconds(max(settings.heartbeat.lease, told)))
    }

    mutating func surelyStoppedIsDue(_ id: TaskID) {
        guard let end = awaitedEnds[id], end.due <= now.monotonic else { return }
        cause = "surely stopped"
        close(id, code: end.code, reason: end.reason)
    }

    /// Ends an instance's session by a decision, whatever its connection.
    mutating func sever(_ instance: InstanceID) {
        guard let session = sessions[instance] else { return }
        fellSilent(instance, for: .zero)
        if session.connected { severedSessions[session.id] = instance }
        endSession(of: instance, isSevered: session.connected)
    }

    /// A session ended by a decision while its connection stood: until the end was durable its
    /// heartbeats were still answered, so that time counts from now.
    mutating func severed(_ session: SessionID) {
        guard let instance = severedSessions.removeValue(forKey: session) else { return }
        fellSilent(instance, for: .zero)
        for task in state.liveTasks(on: instance) {
            guard let end = awaitedEnds[task.id] else { continue }
            let due = surelyStopped(task)
            awaitedEnds[task.id] = AwaitedEnd(due: due, code: end.code, reason: end.reason)
            schedule(.surelyStopped(task.id), after: due - now.monotonic)
        }
    }
}
