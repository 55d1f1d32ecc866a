import CRI
import Synchronization

/// The processes that containerd started for health checks that are under way: when one takes too
/// long containerd kills its first process alone, and the rest of its session is to go with it.
final class ChecksUnderWay: Sendable {
    /// One is a check's own; others may be programs that someone runs by CRI in the same container.
    private static let leadersMaximum = 8

    /// By container, the first processes since its check began.
    private let leaders = Mutex<[String: [UInt32]]>([:])

    func begin(in container: String) {
        leaders.withLock { $0[container] = [] }
    }

    /// A program was started besides. Commands that someone asked for see to themselves.
    func note(_ started: TaskExecStarted) {
        guard started.pid > 1, !started.process.hasPrefix(ProcessName.commandPrefix) else { return }
        leaders.withLock { leaders in
            guard let known = leaders[started.container], known.count < Self.leadersMaximum else {
                return
            }
            leaders[started.container] = known + [started.pid]
        }
    }

    func end(in container: String) -> [UInt32] {
        leaders.withLock { $0.removeValue(forKey: container) } ?? []
    }
}

extension ProcessName {
    /// How the names of commands begin.
    static let commandPrefix = "exec-"
}
