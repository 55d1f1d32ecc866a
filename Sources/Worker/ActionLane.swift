import DequeModule
import Model
import Runtimes
import WorkerCore

/// Actions for the runtime, a bounded number at a time. Each kind has a lane of its own, so that
/// a start does not wait behind pulls of images, a stop not behind starts or removals, and none of
/// them behind health checks, which may take as long as their timeout.
///
/// What waits is bounded by the core: it asks for each step of each container once.
struct ActionLane {
    enum Name: Hashable, Sendable {
        case prepare, abandon, start, stop, remove, check
    }

    /// Actions under way at a time.
    static let actionsMaximum = 16
    static let checksMaximum = 32

    private var running = 0
    private var waiting: Deque<WorkerCore.RuntimeAction> = []

    static func name(for action: WorkerCore.RuntimeAction) -> Name {
        switch action {
        case .prepare: .prepare
        case .abandon: .abandon
        case .start, .restart: .start
        case .stop: .stop
        case .remove: .remove
        case .check: .check
        }
    }

    /// Takes out a preparation that has not begun.
    mutating func drop(preparationOf task: TaskID) -> Bool {
        let index = waiting.firstIndex { action in
            if case .prepare(let spec) = action { spec.id == task } else { false }
        }
        guard let index else { return false }
        waiting.remove(at: index)
        return true
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
