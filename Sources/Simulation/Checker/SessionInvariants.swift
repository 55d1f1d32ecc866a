import ClusterState
import HashTreeCollections
import ManagerCore
import Model

/// Which session of an instance is the current one.
struct SessionWatch {
    private var current: [InstanceID: (session: SessionID, epoch: UInt64)] = [:]
    private var instances: [SessionID: InstanceID] = [:]

    func instance(of session: SessionID) -> InstanceID? {
        guard let instance = instances[session], current[instance]?.session == session else {
            return nil
        }
        return instance
    }

    /// Whether an instance had a session since the manager's start.
    func knows(_ instance: InstanceID) -> Bool { current[instance] != nil }

    /// - Returns: Whether the epoch grew.
    mutating func registered(_ registered: Registered) -> Bool {
        let old = current[registered.instance]
        current[registered.instance] = (registered.session, registered.epoch)
        if let old { instances[old.session] = nil }
        instances[registered.session] = registered.instance
        return old.map { registered.epoch > $0.epoch } ?? true
    }

    mutating func managerStarted() {
        current = [:]
        instances = [:]
    }
}

/// A worker is believed within its current session only.
extension Checker {
    func registered(_ registered: Registered, at time: Int64) {
        now = time
        expect(
            sessions.registered(registered), "each session has an epoch of its own",
            "instance \(registered.instance), epoch \(registered.epoch)")
        expect(
            (state.instances[registered.instance]?.epoch ?? 0) >= registered.epoch,
            "a registration is durable before its answer",
            "instance \(registered.instance), epoch \(registered.epoch)")
    }
}
