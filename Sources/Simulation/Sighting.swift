public import ClusterState

/// What a run shows to whoever watches it, as it happens: the durable history, and what the manager
/// can't see. Watching changes nothing of a run.
public enum Sighting: Sendable {
    /// A batch of the history is durable.
    case history([ChangeRecord])
    case containerStarted(ContainerName, worker: String)
    case containerEnded(ContainerName, worker: String)
    /// Something goes wrong, until then at the latest; what is over at once ends when it begins.
    case fault(FaultKind, Place, until: Int64)
    /// The faults stop: links are whole and disks fast again.
    case healed

    /// Where something goes wrong.
    public enum Place: Hashable, Sendable {
        case manager
        case worker(String)
    }

    /// Takes a sighting and its virtual time in milliseconds.
    public typealias Watch = (Sighting, Int64) -> Void
}

extension World {
    func show(_ sighting: @autoclosure () -> Sighting) {
        watch?(sighting(), now)
    }

    func show(_ kind: FaultKind, worker: Int, for length: Int64 = 0) {
        show(.fault(kind, .worker(workers[worker].name), until: now + length))
    }

    func showManager(_ kind: FaultKind, for length: Int64) {
        show(.fault(kind, .manager, until: now + length))
    }
}
