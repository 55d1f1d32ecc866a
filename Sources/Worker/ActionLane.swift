import DequeModule
import WorkerCore

/// Actions for the runtime, a bounded number at a time. Stops and removals have a lane of their
/// own, so that they never wait behind slow starts, and so have health checks, which may take as
/// long as their timeout.
///
/// What waits is bounded by the core: it asks for each step of each container once.
struct ActionLane {
    enum Name: Hashable, Sendable {
        case start, stop, check
    }

    /// Actions under way at a time.
    static let actionsMaximum = 16
    static let checksMaximum = 32

    private var running = 0
    private var waiting: Deque<WorkerCore.RuntimeAction> = []

    static func name(for action: WorkerCore.RuntimeAction) -> Name {
        switch action {
        case .prepare, .start, .restart: .start
        case .stop, .remove: .stop
        case .check: .check
        }
    }

    mutating func add(_ action: WorkerCore.RuntimeAction) {
        waiting.append(action)
    }

    /// The next action that may begin.
    mutating func begin(_ name: Name) -> WorkerCore.RuntimeAction? {
        let maximum = name == .check ? Self.checksMaximum : Self.actionsMaximum
        guard running < maximum, let action = waiting.popFirst() else { return nil }
        running += 1
        return action
    }

    mutating func end() {
        running -= 1
    }
}
