import CProcess
import Glibc

/// A process, held so that its number can't pass to another unnoticed.
final class ProcessHandle: Sendable {
    let pid: pid_t
    private let descriptor: Int32

    /// `nil` when there is no such process.
    init?(pid: pid_t) {
        descriptor = cprocess_pidfd_open(pid)
        guard descriptor >= 0 else { return nil }
        self.pid = pid
    }

    deinit {
        close(descriptor)
    }

    func signal(_ signal: Int32) {
        cprocess_pidfd_signal(descriptor, signal)
    }

    var hasEnded: Bool { cprocess_pidfd_wait(descriptor, 0) == 1 }

    /// Waits for the end, blocking this thread at most that long.
    func hasEnded(withinMilliseconds limit: Int32) -> Bool {
        cprocess_pidfd_wait(descriptor, limit) == 1
    }

    /// How the process ended, as far as it can be known: only a child's end can. Takes a child's
    /// exit status, so that no zombie stays.
    func ending() -> Ending {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return .unknown }
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
    }

    enum Ending: Equatable {
        case exited(Int32)
        case killed(Int32)
        case unknown

        var text: String {
            switch self {
            case .exited(let code): "exited with code \(code)"
            case .killed(let signal): "was killed by signal \(signal)"
            case .unknown: "ended"
            }
        }
    }
}
