import Model
import WorkerCore

/// Who something happens to: while it stands still, what happens to it waits.
enum Node: Hashable, Sendable {
    case manager
    case worker(Int)
    case world
}

/// What the world's agenda holds. Numbers of runs tell what belongs to a process that is gone.
enum Happening: Sendable {
    // Messages.
    /// The next message of a connection's direction is there.
    case arrival(connection: Int, Direction)
    /// A message that travels by itself.
    case stray(connection: Int, Direction, Message)

    // The manager's process.
    case managerStarts
    case managerWakes(run: UInt64)
    case silenceIsJudged(run: UInt64)
    /// What the disk was writing is durable.
    case written(run: UInt64)

    // A worker's host.
    case agentStarts(worker: Int, boot: UInt64)
    case agentWakes(worker: Int, run: UInt64, number: UInt64)
    case agentHears(worker: Int, run: UInt64, WorkerCore.Event)
    case runtime(worker: Int, boot: UInt64, RuntimeStep)
    case hostBoots(worker: Int)

    // Clients.
    case clientActs(Int)
    case clientRetries(client: Int, request: Int, attempt: Int)
    case requestArrives(client: Int, request: Int, attempt: Int)
    case answerArrives(client: Int, request: Int, attempt: Int, Result<Outcome, APIError>)

    // The world's own.
    case fault(FaultKind)
    case resumes(Node)
    case heals
    case restIsChecked

    var node: Node {
        switch self {
        case .arrival, .stray: .world
        case .managerStarts, .managerWakes, .silenceIsJudged, .written, .requestArrives: .manager
        case .agentStarts(let worker, _), .agentWakes(let worker, _, _),
            .agentHears(let worker, _, _):
            .worker(worker)
        case .runtime, .hostBoots, .clientActs, .clientRetries, .answerArrives, .fault, .resumes,
            .heals, .restIsChecked:
            .world
        }
    }
}
