import Model
import Synchronization

/// A container that was made in containerd.
struct MadeContainer: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        case made
        /// Its start is under way; whether its end was heard of meanwhile.
        case starting(hasEnded: Bool)
        /// Its start was broken off before it ran: another is made in its place.
        case brokenOff
        /// Its end is to be told.
        case running
        case ended
    }

    var id: String
    var attempt: UInt32
    var restarts: Int
    var digest: String?
    var phase: Phase
    var startedAt: WallTime?
}

/// A task's sandbox and what is in it.
struct Pod: Sendable {
    var plan: PodPlan
    var sandbox: String
    var attempt: UInt32
    /// Of the sandbox, in network mode awsvpc.
    var address: String?
    var containers: [String: MadeContainer] = [:]

    func started(_ name: String, _ made: MadeContainer) -> StartedContainer {
        let isMapped = plan.mode == .bridge || plan.mode == .host
        return StartedContainer(
            runtimeID: made.id, startedAt: made.startedAt ?? .now(),
            networkBindings: isMapped ? plan.record.bindings(of: name) : [],
            imageDigest: made.digest, address: address)
    }
}

/// What this agent knows of its tasks in containerd. The truth is there; this is found again by
/// `list`.
final class Pods: Sendable {
    private struct State {
        var pods: [TaskID: Pod] = [:]
        /// The containers whose end is waited for, and the tasks of sandboxes.
        var keys: [String: ContainerKey] = [:]
        var sandboxes: [String: TaskID] = [:]
    }

    private let state = Mutex(State())

    subscript(task: TaskID) -> Pod? { state.withLock { $0.pods[task] } }

    var all: [Pod] { state.withLock { Array($0.pods.values) } }

    func made(_ key: ContainerKey) -> MadeContainer? {
        state.withLock { $0.pods[key.task]?.containers[key.name] }
    }

    /// Whether the container's end is still to come.
    func isRunning(_ id: String) -> Bool {
        state.withLock { state in
            guard let key = state.keys[id] else { return false }
            return state.pods[key.task]?.containers[key.name]?.phase == .running
        }
    }

    func put(_ pod: Pod) {
        state.withLock { state in
            let task = pod.plan.spec.id
            if let old = state.pods[task] { Self.forget(old, &state) }
            state.pods[task] = pod
            state.sandboxes[pod.sandbox] = task
            for (name, made) in pod.containers {
                state.keys[made.id] = ContainerKey(task: task, name: name)
            }
        }
    }

    func put(_ made: MadeContainer, as key: ContainerKey) {
        state.withLock { state in
            guard state.pods[key.task] != nil else { return }
            if let old = state.pods[key.task]?.containers[key.name] { state.keys[old.id] = nil }
            state.pods[key.task]?.containers[key.name] = made
            state.keys[made.id] = key
        }
    }

    func remove(_ task: TaskID) -> Pod? {
        state.withLock { state in
            guard let pod = state.pods.removeValue(forKey: task) else { return nil }
            Self.forget(pod, &state)
            return pod
        }
    }

    /// Whose end, or which task's sandbox, an id of containerd's is.
    func key(of id: String) -> ContainerKey? { state.withLock { $0.keys[id] } }
    func task(ofSandbox id: String) -> TaskID? { state.withLock { $0.sandboxes[id] } }

    /// Changes a container if it is still this one. Returns what it was.
    @discardableResult
    func change(
        _ id: String, _ body: (inout MadeContainer) -> Void
    ) -> (key: ContainerKey, was: MadeContainer)? {
        state.withLock { state in
            guard let key = state.keys[id],
                let was = state.pods[key.task]?.containers[key.name]
            else { return nil }
            var made = was
            body(&made)
            state.pods[key.task]?.containers[key.name] = made
            return (key, was)
        }
    }

    /// Every container whose end is to be told, by its id.
    var running: [(id: String, key: ContainerKey)] {
        state.withLock { state in
            state.keys.compactMap { id, key in
                guard let made = state.pods[key.task]?.containers[key.name] else { return nil }
                return made.phase == .running ? (id, key) : nil
            }
        }
    }

    private static func forget(_ pod: Pod, _ state: inout State) {
        state.sandboxes[pod.sandbox] = nil
        for made in pod.containers.values { state.keys[made.id] = nil }
    }
}
