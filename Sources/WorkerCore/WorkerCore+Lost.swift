import Model
import OrderedCollections
import TaskLifecycle

// Tasks that end by themselves when the manager is lost (`muster:on-lost=stop`).
extension WorkerCore {
    /// Until when the manager surely holds the worker for live, and so replaces nothing.
    struct Keeping: Hashable, Sendable {
        var until: Instant
        var lease: Duration
    }

    /// A call that makes or renews the session was answered. The manager heard it no earlier than
    /// it was sent, and that is what counts: the answer may have been long on its way.
    mutating func renewed(bySending sentAt: Instant, _ settings: HeartbeatSettings) {
        let lease = Duration.milliseconds(settings.lease)
        keeping = Keeping(until: sentAt + lease + OnLost.margin, lease: lease)
        hasGivenUp = false
    }

    /// When the tasks that must not outlive the session are to stop.
    var givingUpAt: Instant? {
        mortal.isEmpty || hasGivenUp ? nil : keeping?.until
    }

    /// Keeps account of a task that must not outlive the session, until it has stopped.
    mutating func watchMortal(_ id: TaskID) {
        guard let task = tasks[id]?.lifecycle, task.status < .stopped else {
            mortal.remove(id)
            return
        }
        if task.spec.onLost == .stop { mortal.append(id) }
    }

    /// Stops what must not outlive the session once that may be over. A worker that was frozen
    /// comes here first, too: nothing is put off on account of its own lateness.
    mutating func giveUpWhenLost(at now: Moment, into effects: inout EffectBuffer) {
        guard let keeping, keeping.until <= now.monotonic, !mortal.isEmpty else { return }
        let isFirst = !hasGivenUp
        hasGivenUp = true
        let left = mortal.filter { tasks[$0]?.lifecycle.desired == .running }
        guard !left.isEmpty else { return }
        if isFirst {
            effects.append(
                .diagnose(
                    Diagnostic(
                        .warning, "the manager is lost; stopping tasks that must not go on",
                        [Diagnostic.Fact("tasks", String(left.count))])))
        }
        let silence = (keeping.lease + OnLost.margin).milliseconds
        let cause = StopCause(
            code: .terminationNotice,
            reason: "The worker lost the manager: none of its calls was answered for \(silence) "
                + "ms, and the task definition has the tag \(OnLost.tag)=stop.")
        for id in left { handle(.stop(cause), for: id, at: now, into: &effects) }
    }

    /// Tells the runtime for how long such tasks may live should the agent be no more.
    mutating func tellKeeping(into effects: inout EffectBuffer) {
        guard !mortal.isEmpty, let until = keeping?.until, until != toldKeeping else { return }
        toldKeeping = until
        effects.append(.keep(until: until))
    }
}
