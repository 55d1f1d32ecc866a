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

    /// Takes out what is there, up to a number of events.
    ///
    /// - Returns: The events, and whether some are left: then the core must be woken again.
    func drain(atMost maximum: Int) -> (events: [Event], isMore: Bool) {
        state.withLock { state in
            let rest = Array(state.events.dropFirst(maximum))
            let events = rest.isEmpty ? state.events : Array(state.events.prefix(maximum))
            state.events = rest
            state.isWakeUpDue = !rest.isEmpty
            return (events, !rest.isEmpty)
        }
    }
}
