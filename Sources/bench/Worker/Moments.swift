import Foundation
import Model
import NIOCore
import Synchronization

/// When what became of each task, by the one clock of this process.
final class Moments: Sendable {
    enum Kind: Hashable, Sendable {
        /// The assignment left for the agent.
        case assigned
        /// The agent's calls for its sandbox and for its container's start arrived.
        case sandboxAsked, startAsked
        /// The agent's report that it runs arrived.
        case running
        /// containerd knows that its container ended, and has told so.
        case ended
        /// The agent's report of that arrived.
        case stopped
        case removed
    }

    private static let patience = TimeAmount.seconds(60)

    private let times = Mutex<[Kind: [TaskID: NIODeadline]]>([:])

    /// The first time counts.
    func note(_ kind: Kind, of task: TaskID, at time: NIODeadline = .now()) {
        times.withLock { times in
            if times[kind]?[task] == nil { times[kind, default: [:]][task] = time }
        }
    }

    /// Waits on this thread until it is so of all these tasks.
    func wait(for kind: Kind, of tasks: [TaskID]) throws {
        let end = NIODeadline.now() + Self.patience
        while true {
            let missing = times.withLock { times in
                tasks.filter { times[kind]?[$0] == nil }.count
            }
            if missing == 0 { return }
            guard .now() < end else {
                throw BenchError("the agent did not get \(missing) tasks as far as \"\(kind)\"")
            }
            usleep(500)
        }
    }

    /// What each of the tasks took from one to the other.
    func milliseconds(from start: Kind, to end: Kind, of tasks: [TaskID]) -> [Double] {
        times.withLock { times in
            tasks.compactMap { task in
                guard let first = times[start]?[task], let last = times[end]?[task] else {
                    return nil
                }
                return Double((last - first).nanoseconds) / 1e6
            }
        }
    }
}
