import Model
import OrderedCollections
import TaskLifecycle

// The manager's list: the complete set first, then changes that must follow on each other.
extension WorkerCore {
    mutating func openAssignments(at now: Instant, into effects: inout EffectBuffer) {
        guard case .registered(var session) = link else { return }
        let call = nextCall()
        session.assignments.call = call
        session.assignments.openedAt = now
        session.assignments.due = now + settings.assignmentsTimeout
        session.assignments.reopenAt = nil
        effects.append(.openAssignments(call, on: session.link, session.id))
        link = .registered(session)
    }

    /// Gives up the stream; a new one starts from a complete set.
    mutating func reopenAssignments(
        because reason: String, at now: Instant, into effects: inout EffectBuffer
    ) {
        guard case .registered(var session) = link else { return }
        let stood = now - session.assignments.openedAt
        if stood.milliseconds >= Int64(Backoff.cap) { streamBackoff.reset() }
        session.assignments.close(reopenAt: now + streamBackoff.pause(using: &random))
        link = .registered(session)
        let isNews = complaints.isNews(.stream, about: reason, at: now)
        effects.append(
            .diagnose(
                Diagnostic(
                    isNews ? .warning : .debug,
                    "the stream of assignments ended; opening it again",
                    [Diagnostic.Fact("reason", reason)])))
    }

    mutating func take(
        _ update: AssignmentUpdate, from call: CallID, at now: Moment,
        into effects: inout EffectBuffer
    ) {
        // A worker that is closing starts nothing and must not seem to have taken tasks over.
        guard stage == .working, case .registered(var session) = link,
            session.assignments.call == call
        else { return }
        switch update {
        case .heartbeat(let settings):
            session.settings = Self.sane(settings)
            session.nextHeartbeat = min(
                session.nextHeartbeat, now.monotonic + .milliseconds(session.settings.period))
            link = .registered(session)
        case .complete(let revision, let part, let more):
            takePart(part, of: revision, more: more, at: now, into: &effects)
        case .changes(let base, let revision, let changes):
            take(changes, from: base, to: revision, at: now, into: &effects)
        case .redirect(let redirect): take(redirect, at: now.monotonic, into: &effects)
        case .exec(let request):
            effects.append(.exec(request, on: session.link, session.id))
        case .logs(let request):
            effects.append(.logs(request, on: session.link, session.id))
        case .unknown: break
        }
    }

    private mutating func takePart(
        _ part: [Assignment], of revision: UInt64, more: Bool, at now: Moment,
        into effects: inout EffectBuffer
    ) {
        guard case .registered(var session) = link else { return }
        var parts = session.assignments.parts ?? (revision, [])
        guard parts.revision == revision else {
            return reopenAssignments(
                because: "parts of two complete sets were mixed", at: now.monotonic, into: &effects)
        }
        guard parts.assignments.count + part.count <= 2 * settings.tasksMaximum else {
            return reopenAssignments(
                because: "the complete set names more than \(2 * settings.tasksMaximum) tasks",
                at: now.monotonic, into: &effects)
        }
        parts.assignments.append(contentsOf: part)
        session.assignments.parts = more ? parts : nil
        session.assignments.due = more ? now.monotonic + settings.assignmentsTimeout : nil
        if !more {
            session.assignments.revision = revision
            session.assignments.acknowledged = revision
        }
        link = .registered(session)
        if !more { replaceAll(with: parts.assignments, at: now, into: &effects) }
    }

    /// Stops what the set does not name, then takes over what it does.
    private mutating func replaceAll(
        with assignments: [Assignment], at now: Moment, into effects: inout EffectBuffer
    ) {
        let named = Set(assignments.map(\.spec.id))
        for id in tasks.keys where !named.contains(id) {
            handle(.forget, for: id, at: now, into: &effects)
        }
        for assignment in assignments { put(assignment, at: now, into: &effects) }
    }

    private mutating func take(
        _ changes: [AssignmentChange], from base: UInt64, to revision: UInt64, at now: Moment,
        into effects: inout EffectBuffer
    ) {
        guard case .registered(var session) = link else { return }
        if let current = session.assignments.revision, revision <= current { return }
        guard session.assignments.parts == nil, session.assignments.revision == base else {
            return reopenAssignments(
                because: "changes do not follow on what the worker has", at: now.monotonic,
                into: &effects)
        }
        session.assignments.revision = revision
        session.assignments.acknowledged = revision
        link = .registered(session)
        for change in changes {
            switch change {
            case .put(let assignment): put(assignment, at: now, into: &effects)
            case .forget(let id): forget(id, at: now, into: &effects)
            }
        }
    }

    private mutating func put(
        _ assignment: Assignment, at now: Moment, into effects: inout EffectBuffer
    ) {
        let id = assignment.spec.id
        if tasks[id] != nil {
            tasks[id]?.isSettled = false
            let wish = assignment.desired
            return handle(
                wish == .running ? .confirm : .stop(nil), for: id, at: now, into: &effects)
        }
        if ended.contains(id) {
            return refuse(assignment.spec, "The task ended on this worker before.", nil, at: now)
        }
        if assignment.desired == .stopped {
            return refuse(assignment.spec, "The task never ran on this worker.", nil, at: now)
        }
        guard tasks.count < settings.tasksMaximum else {
            let reason = "The worker holds \(tasks.count) tasks, the most it may."
            return refuse(assignment.spec, reason, .taskFailedToStart, at: now)
        }
        tasks[id] = HeldTask(lifecycle: .init(completed(assignment.spec)))
        handle(.confirm, for: id, at: now, into: &effects)
    }

    /// Puts the worker's own stop timeout in where the definition has none. The manager does not
    /// know it: where it counts on the end of a task, ECS's is the longest.
    private func completed(_ spec: TaskSpec) -> TaskSpec {
        var spec = spec
        var timeout = settings.stopTimeout
        if spec.onLost == .stop {
            timeout = timeout.map { min($0, ContainerDefinition.stopTimeoutDefault) }
        }
        for index in spec.containers.indices where spec.containers[index].stopTimeout == nil {
            spec.containers[index].stopTimeout = timeout
        }
        return spec
    }

    /// A task that is not run is reported STOPPED, so that the manager can close it.
    private mutating func refuse(
        _ spec: TaskSpec, _ reason: String, _ code: StopCode?, at now: Moment
    ) {
        ended.insert(spec.id)
        let containers = spec.containers.map { ContainerReport(name: $0.name, status: .stopped) }
        outbox.put(
            TaskReport(
                task: spec.id, status: .stopped, containers: containers, stoppedAt: now.wall,
                stopCode: code, reason: reason))
    }

    private mutating func forget(
        _ id: TaskID, at now: Moment, into effects: inout EffectBuffer
    ) {
        outbox.remove(id)
        tasks[id]?.isSettled = true
        handle(.forget, for: id, at: now, into: &effects)
    }
}
