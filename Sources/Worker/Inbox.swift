import Model
import RPC
import Synchronization
import WorkerCore

/// What has happened and not yet been given to the core: filled from anywhere, emptied by one
/// owner.
///
/// It is bounded by what can fill it: answers of calls and actions in flight, one message of the
/// stream of assignments at a time (``deliver(_:)``), one timer, one end for each container, what
/// is measured and looked at every few seconds, and one question for each connection of the task
/// metadata endpoint.
final class Inbox: Sendable {
    enum Item: Sendable {
        case event(WorkerCore.Event)
        /// A connection was made; the owner keeps it.
        case linked(LinkID, RPCClientConnection)
        /// A runtime action ended, with its answer if it has one.
        case acted(ActionLane.Name, WorkerCore.Event?)
        /// Asked by the task metadata endpoint.
        case asked(Question)
        /// A message whose reader waits until it was taken.
        case delivered(WorkerCore.Event, CheckedContinuation<Void, Never>)
    }

    private struct State {
        var items: [Item] = []
        var owner: CheckedContinuation<[Item], Never>?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Adds an item; after ``close()`` it is let go.
    func post(_ item: Item) {
        let wake = state.withLock { state -> (() -> Void)? in
            guard !state.isClosed else { return { Self.discard([item]) } }
            state.items.append(item)
            guard let owner = state.owner else { return nil }
            let items = state.items
            state.items = []
            state.owner = nil
            return { owner.resume(returning: items) }
        }
        wake?()
    }

    func post(_ event: WorkerCore.Event) {
        post(.event(event))
    }

    /// Adds an event and waits until the owner has taken it, so that a fast peer can't fill memory.
    func deliver(_ event: WorkerCore.Event) async {
        await withCheckedContinuation { post(.delivered(event, $0)) }
    }

    /// Everything that came since the last call; waits for the first. For the owner alone.
    func next() async -> [Item] {
        await withCheckedContinuation { continuation in
            let items = state.withLock { state -> [Item]? in
                guard state.items.isEmpty else {
                    defer { state.items = [] }
                    return state.items
                }
                state.owner = continuation
                return nil
            }
            if let items { continuation.resume(returning: items) }
        }
    }

    /// Lets go of what is there and of all that comes.
    func close() {
        let items = state.withLock { state in
            state.isClosed = true
            defer { state.items = [] }
            return state.items
        }
        Self.discard(items)
    }

    /// Lets go of items, and of those who wait for them to be taken.
    static func discard(_ items: [Item]) {
        for item in items {
            switch item {
            case .delivered(_, let reader): reader.resume()
            case .asked(let question): question.decline()
            case .event, .linked, .acted: break
            }
        }
    }
}
