import Model

// A container that ended is started again in its place when its definition says so (ECS semantics,
// section 6.6). For the task, for what depends on it and for the manager it never stopped.
extension ManagedContainer {
    /// How long it ran. The civil times are the runtime's own, so they count also where the agent
    /// heard late of the end; but they may jump, and then the shorter counts: a container that did
    /// not run for its period is not started again.
    private func ran(until end: ContainerEnd, at now: Instant) -> Duration {
        guard let start, let ranSince else { return .zero }
        let civil = end.finishedAt.milliseconds - start.startedAt.milliseconds
        return min(now - ranSince, .milliseconds(civil))
    }

    func restarts(after end: ContainerEnd, at now: Instant) -> Bool {
        guard let policy = definition.restartPolicy, phase == .running, stop == .notSent else {
            return false
        }
        return policy.restarts(after: end.code, ran: ran(until: end, at: now))
    }

    /// The same for an end that an earlier agent, or none, saw.
    var restartsAfterRecovery: Bool {
        guard let policy = definition.restartPolicy, phase == .stopped, stop == .notSent, let start,
            let end
        else { return false }
        let civil = end.finishedAt.milliseconds - start.startedAt.milliseconds
        return policy.restarts(after: end.code, ran: .milliseconds(civil))
    }

    /// It is started again as soon as the task may start anything.
    mutating func restart(after end: ContainerEnd) {
        phase = .waiting
        isRestarting = true
        restarts += 1
        ranSince = nil
        health.reset()
        self.end = end
    }
}
