import DequeModule
import WorkerCore

/// One connection of a worker to the manager, as both ends and the way between see it.
final class Connection {
    /// Messages on their way in one direction, in order.
    struct Pipe {
        var messages: Deque<(due: Int64, message: Message)> = []
        /// When the last of all arrived or will.
        var lastDue: Int64 = 0
    }

    let worker: Int
    /// The run of the agent that made it.
    let agent: UInt64
    let link: LinkID
    /// The run of the manager's process that it was made to.
    let manager: UInt64
    var isOpenAtWorker = true
    var isOpenAtManager = true
    var pipes = [Pipe(), Pipe()]

    init(worker: Int, agent: UInt64, link: LinkID, manager: UInt64) {
        self.worker = worker
        self.agent = agent
        self.link = link
        self.manager = manager
    }

    var isOver: Bool {
        !isOpenAtWorker && !isOpenAtManager && pipes[0].messages.isEmpty
            && pipes[1].messages.isEmpty
    }
}

/// The way between a host and the manager's.
struct Route {
    /// Nothing passes before, by direction.
    var blockedUntil: [Int64] = [0, 0]
    /// Everything is late until then, by this much at most.
    var cloggedUntil: Int64 = 0
    var clogDelay: Int64 = 0
    /// The usual delay.
    var base: Int64
}

/// The assignments stream of a session, as the manager's end holds it.
final class SimulatedStream: Sendable {
    let connection: Int
    let call: WorkerCall

    init(connection: Int, call: WorkerCall) {
        self.connection = connection
        self.call = call
    }
}
