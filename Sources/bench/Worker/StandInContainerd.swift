import CRI
import Logging
import Model
import NIOCore
import NIOPosix
import RPC
import Synchronization

/// A containerd that does nothing and so answers at once: what passes between two of its calls is
/// the agent's. Its containers end when they are told to.
final class StandInContainerd: Sendable {
    struct Container: Sendable {
        var task: TaskID
        var item: ContainerItem
        var details: ContainerDetails
    }

    struct State: Sendable {
        var sandboxes: [String: (task: TaskID, item: SandboxItem)] = [:]
        var containers: [String: Container] = [:]
        var subscribers: [RPCStreamWriter] = []
        /// Of the next sandbox or container.
        var number: UInt64 = 0

        /// As long as containerd's.
        mutating func nextID() -> String {
            number += 1
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 64 - digits.count) + digits
        }
    }

    let moments: Moments
    let state = Mutex(State())
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    init(_ moments: Moments) {
        self.moments = moments
    }

    func start(socket: String) async throws -> RPCServer {
        let server = RPCServer(
            group: .singletonMultiThreadedEventLoopGroup, methods: methods,
            logger: Logger(label: "bench.containerd") { _ in SwiftLogNoOpLogHandler() })
        try await server.start(unixSocket: socket)
        return server
    }

    /// The container of a task ends.
    ///
    /// - Parameter delay: from the event until its status says so too.
    func end(_ task: TaskID, statusAfter delay: TimeAmount) throws {
        guard let id = state.withLock({ $0.containers.first { $0.value.task == task }?.key }) else {
            throw BenchError("task \(task) has no container")
        }
        if delay == .zero { finish(id, task) }
        let exit = try TaskExit(container: id, process: id).encoded()
        let event = try Envelope(
            topic: "/tasks/exit", event: AnyMessage(type: "containerd.events.TaskExit", value: exit)
        ).encoded()
        for subscriber in state.withLock({ $0.subscribers }) { subscriber.send(event) }
        guard delay > .zero else { return }
        loop.scheduleTask(in: delay) { self.finish(id, task) }
    }

    private func finish(_ id: String, _ task: TaskID) {
        state.withLock { state in
            state.containers[id]?.details.state = .exited
            state.containers[id]?.details.reason = "Completed"
            state.containers[id]?.details.finishedAt = 2_000_000_000
            state.containers[id]?.item.state = .exited
        }
        moments.note(.ended, of: task)
    }
}
