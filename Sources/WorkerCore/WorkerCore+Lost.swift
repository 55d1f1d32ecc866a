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
    }

    /// When the tasks that must not outlive the session are to stop.
    var givingUpAt: Instant? {
        mortal.isEmpty ? nil : keeping?.until
    }

    /// Keeps account of a task that must not outlive the session, until it is to stop. From then on
    /// no renewal is meant for it: should the agent die, its containers end as if the lease had.
    mutating func watchMortal(_ id: TaskID) {
        if let task = tasks[id]?.lifecycle, task.spec.onLost == .stop, task.desired == .running {
            mortal.append(id)
        } else {
            mortal.remove(id)
        }
    }

    /// Stops what must not outlive the session once that may be over. A worker that was frozen
    /// comes here first, too: nothing is put off on account of its own lateness.
    mutating func giveUpWhenLost(at now: Moment, into effects: inout EffectBuffer) {
        guard let keeping, keeping.until <= now.monotonic, !mortal.isEmpty else { return }
        effects.append(
            .diagnose(
                Diagnostic(
                    .warning, "the manager is lost; stopping tasks that must not go on",
                    [Diagnostic.Fact("tasks", String(mortal.count))])))
        let silence = (keeping.lease + OnLost.margin).milliseconds
        let cause = StopCause(
            code: .terminationNotice,
            reason: "The worker lost the manager: none of its calls was answered for \(silence) "
                + "ms, and the task definition has the tag \(OnLost.tag)=stop.")
        for id in mortal { handle(.stop(cause), for: id, at: now, into: &effects) }
    }

    /// Tells the runtime for how long such tasks may live should the agent be no more.
    mutating func tellKeeping(into effects: inout EffectBuffer) {
        guard !mortal.isEmpty, let until = keeping?.until, until != toldKeeping else { return }
        toldKeeping = until
        effects.append(.keep(until: until))
    }
}
