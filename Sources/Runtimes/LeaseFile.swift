import Dispatch
import Glibc
import Synchronization

/// What tells supervisors until when the worker surely has a manager: `NUMBER NUMBER BOOT`, the
/// number twice so that who reads in the middle of a change notices (`lease.c`). Those of tasks
/// that must not outlive the worker's session end them after it, with no need for an agent.
///
/// Nothing here is made durable: it is for the processes of one boot, and what another boot left
/// counts for nothing.
final class LeaseFile: Sendable {
    private let descriptor: Int32
    private let boot = currentBoot()
    /// One write at a time, off the caller's thread: a disk may be slow.
    private let queue = DispatchQueue(label: "muster.runtime.lease")
    private let wanted = Mutex<Int64?>(nil)

    static func path(in folder: String) -> String { folder + "/until" }

    init(folder: String) throws(SystemError) {
        let path = Self.path(in: folder)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("can't open \(path)") }
        let text = (try? Files.read(path)).flatMap { $0 } ?? []
        let fields = String(decoding: text, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        if fields.count != 3 || fields[0] != fields[1] || fields[2] != boot { write(0) }
    }

    deinit {
        close(descriptor)
    }

    /// Sets the time, in milliseconds of `CLOCK_BOOTTIME`. Of several that wait the last counts.
    func set(_ until: Int64) {
        let isFirst = wanted.withLock { wanted in
            defer { wanted = until }
            return wanted == nil
        }
        guard isFirst else { return }
        queue.async { [self] in
            let until = wanted.withLock { wanted in
                defer { wanted = nil }
                return wanted
            }
            if let until { write(until) }
        }
    }

    /// Waits until what was set is written. Blocks the thread.
    func settle() {
        queue.sync {}
    }

    private func write(_ until: Int64) {
        let digits = String(max(until, 0))
        let number = String(repeating: "0", count: max(0, 20 - digits.count)) + digits
        let bytes = Array("\(number) \(number) \(boot)\n".utf8)
        // A write that fails leaves the time that was: it ends sooner, never later.
        _ = pwrite(descriptor, bytes, bytes.count, 0)
    }
}
