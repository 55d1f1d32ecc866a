import CRI
import Logging
import NIOPosix
import RPC
import Synchronization

/// A containerd whose sandboxes and containers are values, on a real socket. Each call can be made
/// to fail, and its server can go away and come back, as containerd's does.
final class FakeContainerd: Sendable {
    struct Sandbox: Sendable {
        var item: SandboxItem
        var config: SandboxConfig
    }

    struct Container: Sendable {
        var config: ContainerConfig
        var sandbox: String
        var status: ContainerDetails
    }

    struct State: Sendable {
        var images: Set<String> = []
        /// Whether the registry has none.
        var isWithoutImages = false
        var sandboxes: [String: Sandbox] = [:]
        var containers: [String: Container] = [:]
        /// What the next calls of a method end with, one after the other.
        var failures: [CRIMethod: [RPCError]] = [:]
        /// Methods whose calls are held until they are let go.
        var held: Set<CRIMethod> = []
        var waiting: [@Sendable () -> Void] = []
        /// Every call in order, as `Method argument`.
        var calls: [String] = []
        /// So many calls are answered as after a start, before anything is found again.
        var unreadyCalls = 0
        /// What it tells of a sandbox when it is asked to be verbose.
        var info = "{}"
        /// What it says of its own state.
        var conditions: [RuntimeCondition] = []
        var hasEvents = true
        var subscribers: [RPCStreamWriter] = []
        /// The exit code of the next checks.
        var checkCode: Int32 = 0
        /// Its own, as JSON.
        var configuration = ""
        var address = "10.87.1.2"
        /// The number of the next sandbox or container.
        var number = 0
        var server: RPCServer?

        /// How many calls of a method wait.
        var heldCount: Int { waiting.count }

        mutating func id(_ kind: String) -> String {
            number += 1
            return "\(kind)-\(number)"
        }
    }

    let socket: String
    let state = Mutex(State())

    init(folder: String) async throws {
        socket = "\(folder)/containerd.sock"
        try await start()
    }

    func start() async throws {
        let server = RPCServer(
            group: .singletonMultiThreadedEventLoopGroup, methods: methods,
            logger: Logger(label: "fake", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await server.start(unixSocket: socket)
        state.withLock { $0.server = server }
    }

    /// As `kill -9`: what was under way gets no answer.
    func stop() async {
        let server = state.withLock { state in
            state.subscribers = []
            return state.server
        }
        await server?.shutdown(limit: .zero)
    }

    func calls(of method: CRIMethod) -> [String] {
        let name = method.rawValue.split(separator: "/").last ?? ""
        return state.withLock { $0.calls }.filter { $0.hasPrefix("\(name) ") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    func fail(_ method: CRIMethod, _ errors: RPCError...) {
        state.withLock { $0.failures[method, default: []] += errors }
    }

    /// Lets the calls go that are held.
    func release() {
        let waiting = state.withLock { state in
            defer { (state.held, state.waiting) = ([], []) }
            return state.waiting
        }
        for go in waiting { go() }
    }

    /// The container of that name that was made last.
    func container(_ name: String) -> (id: String, value: Container)? {
        state.withLock { state in
            state.containers.filter { $0.value.config.metadata?.name == name }
                .max {
                    $0.value.config.metadata?.attempt ?? 0 < $1.value.config.metadata?.attempt ?? 0
                }
                .map { ($0.key, $0.value) }
        }
    }

    /// A container ends, by itself or not.
    func exit(_ name: String, code: Int32, reason: String = "") {
        guard let id = container(name)?.id else { return }
        end(id, code, reason.isEmpty ? (code == 0 ? "Completed" : "Error") : reason)
    }

    func end(_ id: String, _ code: Int32, _ reason: String) {
        let subscribers = state.withLock { state -> [RPCStreamWriter] in
            let before = state.containers[id]?.status.state
            guard before == .running || before == .unknown else { return [] }
            state.containers[id]?.status.state = .exited
            state.containers[id]?.status.exitCode = code
            state.containers[id]?.status.reason = reason
            state.containers[id]?.status.finishedAt = 2_000_000_000
            return state.hasEvents ? state.subscribers : []
        }
        tell(id, subscribers)
    }

    /// The first process of a task's sandbox is killed; its containers run on.
    func loseSandboxes() {
        let (ids, subscribers) = state.withLock { state in
            for id in state.sandboxes.keys { state.sandboxes[id]?.item.state = .notReady }
            return (Array(state.sandboxes.keys), state.hasEvents ? state.subscribers : [])
        }
        for id in ids { tell(id, subscribers) }
    }

    /// Changes what is known of the container of that name.
    func change(_ name: String, _ body: (inout ContainerDetails) -> Void) {
        guard let id = container(name)?.id else { return }
        state.withLock { state in
            guard var status = state.containers[id]?.status else { return }
            body(&status)
            state.containers[id]?.status = status
        }
    }

    /// The host was without power: its containers are gone, and their exit codes.
    func losePower() {
        state.withLock { state in
            for id in state.sandboxes.keys { state.sandboxes[id]?.item.state = .notReady }
            for id in state.containers.keys {
                guard state.containers[id]?.status.state == .running else { continue }
                state.containers[id]?.status.state = .exited
                state.containers[id]?.status.exitCode = 255
                state.containers[id]?.status.reason = "Unknown"
            }
        }
    }

    private func tell(_ id: String, _ subscribers: [RPCStreamWriter]) {
        guard let exit = try? TaskExit(container: id, process: id).encoded(),
            let event = try? Envelope(
                topic: "/tasks/exit",
                event: AnyMessage(type: "containerd.events.TaskExit", value: exit)
            ).encoded()
        else { return }
        for subscriber in subscribers { subscriber.send(event) }
    }
}
