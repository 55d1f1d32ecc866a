import Model
import OrderedCollections
import TaskLifecycle

// The tasks that the worker holds, and its end.
extension WorkerCore {
    static let shutDownCause = StopCause(
        code: .terminationNotice, reason: "The worker was shut down.")

    /// Gives one input to a task and carries on what follows from it.
    mutating func handle(
        _ input: TaskInput, for id: TaskID, at now: Moment, into effects: inout EffectBuffer
    ) {
        guard var task = tasks[id] else { return }
        var actions: [TaskAction] = []
        task.lifecycle.handle(input, at: now, into: &actions)
        for action in actions {
            effects.append(.run(Self.runtimeAction(action, of: task.lifecycle)))
        }
        report(&task)
        if task.lifecycle.isGone {
            tasks.removeValue(forKey: id)
            deadlines.removeValue(forKey: id)
            ended.insert(id)
        } else {
            tasks[id] = task
            deadlines[id] = task.lifecycle.deadline
        }
        watchMortal(id)
    }

    /// Puts a report into the outbox when it says something new. The manager knows that a task it
    /// assigned is PENDING.
    private mutating func report(_ task: inout HeldTask) {
        guard !task.isSettled else { return }
        let report = task.lifecycle.report
        guard report != task.reported else { return }
        let isNews =
            report.status > .pending || report.containers.contains { $0.status > .pending }
        guard isNews else { return }
        task.reported = report
        outbox.put(report)
    }

    private static func runtimeAction(
        _ action: TaskAction, of task: TaskLifecycle
    ) -> RuntimeAction {
        let id = task.spec.id
        return switch action {
        case .prepare: .prepare(task.spec)
        case .abandon: .abandon(id)
        case .start(let container): .start(id, container: container)
        case .restart(let container, let number):
            .restart(id, container: container, number: number)
        case .stop(let container, let timeout): .stop(id, container: container, timeout: timeout)
        case .check(let container, let number, let check):
            .check(id, container: container, number: number, check)
        case .remove: .remove(id)
        }
    }

    // MARK: The end of the agent

    mutating func shutDown(
        stopTasks: Bool, within limit: Duration, at now: Moment, into effects: inout EffectBuffer
    ) {
        guard stopTasks, stage != .starting else { return finish(into: &effects) }
        let deadline = now.monotonic + limit
        if case .closing(let earlier) = stage {
            stage = .closing(deadline: min(earlier, deadline))
            return
        }
        stage = .closing(deadline: deadline)
        for id in tasks.keys {
            handle(.stop(Self.shutDownCause), for: id, at: now, into: &effects)
        }
    }

    /// Ends once every task has stopped and, if a manager is there to hear it, it was reported.
    mutating func finishWhenClosed(at now: Instant, into effects: inout EffectBuffer) {
        guard case .closing(let deadline) = stage else { return }
        let left = tasks.values.filter { $0.lifecycle.status < .stopped }.count
        if now >= deadline {
            if left > 0 {
                effects.append(
                    .diagnose(
                        Diagnostic(
                            .warning, "the time to stop is over; some tasks have not ended",
                            [Diagnostic.Fact("tasks", String(left))])))
            }
            finish(into: &effects)
        } else if left == 0, session == nil || outbox.isEmpty {
            finish(into: &effects)
        }
    }

    private mutating func finish(into effects: inout EffectBuffer) {
        if let id = link.id { effects.append(.disconnect(id)) }
        link = .none
        stage = .finished
        effects.append(.finished)
    }
}
