import Model
import OrderedCollections

/// What ends containers that must not outlive their worker's session where no agent does: the
/// supervisors of the process runtime, each with a clock of the host and what the agent last wrote.
extension World {
    /// When a container may live no longer, by its host's clock; `nil` where this boot was never
    /// told.
    private func end(of name: ContainerName, _ worker: Int) -> Instant? {
        guard let until = workers[worker].keptUntil,
            let spec = workers[worker].runtime.tasks[name.task]?.spec
        else { return nil }
        return until + OnLost.deadMan + spec.lifeAfterDependents(of: name.container)
    }

    func isMortal(_ id: TaskID, _ worker: Int) -> Bool {
        workers[worker].runtime.tasks[id]?.spec.onLost == .stop
    }

    /// Whether such a container may not start any more, or go on.
    func isAbandoned(_ name: ContainerName, _ worker: Int) -> Bool {
        guard let end = end(of: name, worker) else { return true }
        return moment(of: worker).monotonic >= end
    }

    /// Sees to it that the container's end is looked at when it is due.
    func watchLease(of name: ContainerName, _ worker: Int) {
        let end = end(of: name, worker).map { workers[worker].clock.world(of: $0) }
        agenda.add(
            .runtime(worker: worker, boot: workers[worker].boot, .leaseIsLookedAt(name)),
            at: max(now, end ?? now))
    }

    func lookAtLease(of name: ContainerName, _ worker: Int) {
        guard let container = workers[worker].runtime[name], container.isRunning else { return }
        guard isAbandoned(name, worker) else { return watchLease(of: name, worker) }
        if !container.isStopRequested {
            reach(.stoppedWithoutAgent)
            if trace.isOn { log("w\(worker)", "container \(name) is stopped: no lease") }
        }
        signalStop(
            name, worker,
            .seconds(
                container.definition.stopTimeout ?? ContainerDefinition.stopTimeoutDefault))
    }
}
