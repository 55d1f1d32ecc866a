import ManagerCore
import Synchronization

/// Events on their way to the core: filled from any thread, emptied as a whole by one.
final class Inbox: Sendable {
    private struct State {
        var events: [Event] = []
        var isWakeUpDue = false
    }

    private let state = Mutex(State())
    private let maximum: Int

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// What became of an event.
    enum Posted {
        /// It waits, and the core must be woken.
        case wake
        /// It waits with others.
        case waits
        /// The inbox is full; the event was not taken.
        case full
    }

    /// - Parameter isExempt: True for the few events that tell of the manager's own doing, which
    ///   are bounded by what they speak of (a connection, a tick) and may not be lost.
    func post(_ event: Event, isExempt: Bool = false) -> Posted {
        state.withLock { state in
            guard isExempt || state.events.count < maximum else { return .full }
            state.events.append(event)
            if state.isWakeUpDue { return .waits }
            state.isWakeUpDue = true
            return .wake
        }
    }

    /// Takes everything out.
    func drain() -> [Event] {
        state.withLock { state in
            state.isWakeUpDue = false
            let events = state.events
            state.events = []
            return events
        }
    }
}
