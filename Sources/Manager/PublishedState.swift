package import ClusterState
import Dispatch
import Synchronization

/// The newest durable state, which readers take without waiting for anybody.
///
/// Of a state that is replaced its own parts are freed: with a million tasks, hundreds of nodes
/// with thousands of references, whose objects are in nobody's cache. That can take a millisecond,
/// so it is done on a thread of its own, for some at a time, since each time wakes it; a reader
/// that held the state for longer does it itself.
package final class PublishedState: Sendable {
    /// States that wait to be freed beyond which who publishes frees what it replaces itself.
    package static let waitingMaximum = 32
    /// How long the first of them waits for others.
    private static let pause = DispatchTimeInterval.milliseconds(5)

    private let current: Mutex<ClusterState>
    private let replaced = Mutex<[ClusterState]>([])
    private let queue = DispatchQueue(label: "muster.replaced-states")

    package init(_ state: ClusterState) {
        current = Mutex(state)
    }

    package var value: ClusterState { current.withLock { $0 } }

    package func publish(_ state: ClusterState) {
        var state = state
        current.withLock { swap(&$0, &state) }
        let waiting = replaced.withLock { replaced in
            if replaced.count < Self.waitingMaximum {
                replaced.append(state)
                // While it can't be gone from there: who lets go last frees it.
                state = ClusterState()
            }
            return replaced.count
        }
        if waiting == 1 { queue.asyncAfter(deadline: .now() + Self.pause) { self.free() } }
    }

    /// Frees all that wait; what comes meanwhile is the next call's.
    private func free() {
        var states: [ClusterState] = []
        replaced.withLock { swap(&$0, &states) }
    }
}
