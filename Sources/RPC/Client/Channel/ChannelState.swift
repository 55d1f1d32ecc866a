import Synchronization

/// A channel's state for those that are not on its loop.
final class ChannelState: Sendable {
    private typealias Waiter = CheckedContinuation<RPCChannel.State, Never>

    private struct Watched {
        var state = RPCChannel.State.idle
        var lastWaiter = 0
        /// Those that wait for any state but the one given. As many as there are tasks that wait.
        var waiters: [Int: (known: RPCChannel.State, waiter: Waiter)] = [:]
        /// Cancelled before they waited.
        var cancelled: Set<Int> = []
    }

    private let watched = Mutex(Watched())

    var state: RPCChannel.State { watched.withLock { $0.state } }

    func changed(to state: RPCChannel.State) {
        let woken = watched.withLock { watched in
            watched.state = state
            let woken = watched.waiters.filter { $0.value.known != state }
            for number in woken.keys { watched.waiters[number] = nil }
            return woken
        }
        for entry in woken.values { entry.waiter.resume(returning: state) }
    }

    func wait(past known: RPCChannel.State) async -> RPCChannel.State {
        let number = watched.withLock { watched in
            watched.lastWaiter += 1
            return watched.lastWaiter
        }
        // A cancellation may come when the wait is over.
        defer { watched.withLock { _ = $0.cancelled.remove(number) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let now = watched.withLock { watched -> RPCChannel.State? in
                    guard watched.state == known, !watched.cancelled.contains(number) else {
                        return watched.state
                    }
                    watched.waiters[number] = (known, waiter)
                    return nil
                }
                if let now { waiter.resume(returning: now) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func cancel(_ number: Int) {
        let (waiter, state) = watched.withLock { watched in
            let waiter = watched.waiters.removeValue(forKey: number)?.waiter
            if waiter == nil { watched.cancelled.insert(number) }
            return (waiter, watched.state)
        }
        waiter?.resume(returning: state)
    }
}
