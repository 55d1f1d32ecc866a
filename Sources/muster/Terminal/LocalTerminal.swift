import CProcess
import Dispatch
import Glibc
import Model
import Synchronization

/// The terminal that this program runs at.
enum LocalTerminal {
    static var isInput: Bool { isatty(STDIN_FILENO) == 1 }

    /// `nil` where neither input nor output is one.
    static var size: TerminalSize? {
        for descriptor in [STDOUT_FILENO, STDIN_FILENO] {
            var columns: Int32 = 0
            var rows: Int32 = 0
            guard cprocess_terminal_size(descriptor, &columns, &rows) == 0, columns > 0 else {
                continue
            }
            return TerminalSize(
                columns: UInt16(clamping: columns), rows: UInt16(clamping: rows))
        }
        return nil
    }

    /// Passes each key on as it is typed, until it is restored.
    final class Raw: Sendable {
        private let before: Mutex<termios?>

        /// `nil` where input is no terminal.
        init?() {
            var settings = termios()
            guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
            before = Mutex(settings)
            cfmakeraw(&settings)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        }

        deinit { restore() }

        func restore() {
            let kept = before.withLock { before -> termios? in
                defer { before = nil }
                return before
            }
            guard var settings = kept else { return }
            tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        }
    }
}

/// A descriptor of this program that may keep who uses it waiting: on a thread of its own, so that
/// nothing else waits with it.
struct BlockingStream: Sendable {
    private let descriptor: Int32
    private let queue: DispatchQueue

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        queue = DispatchQueue(label: "muster.stream.\(descriptor)")
    }

    /// Waits for input; empty at its end.
    func read(atMost count: Int) async -> [UInt8] {
        let descriptor = self.descriptor
        return await withCheckedContinuation { continuation in
            queue.async {
                var bytes = [UInt8](repeating: 0, count: count)
                while true {
                    let count = Glibc.read(descriptor, &bytes, bytes.count)
                    if count < 0, Self.mayTryAgain(descriptor, for: POLLIN) { continue }
                    return continuation.resume(returning: Array(bytes.prefix(max(0, count))))
                }
            }
        }
    }

    /// Waits until all is written; false when nobody reads it.
    func write(_ bytes: [UInt8]) async -> Bool {
        let descriptor = self.descriptor
        return await withCheckedContinuation { continuation in
            queue.async {
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes {
                        cprocess_write(descriptor, $0.baseAddress, $0.count)
                    }
                    if count >= 0 {
                        rest = rest.dropFirst(Int(count))
                    } else {
                        errno = Int32(-count)
                        guard Self.mayTryAgain(descriptor, for: POLLOUT) else { break }
                    }
                }
                continuation.resume(returning: rest.isEmpty)
            }
        }
    }

    /// Whoever shares a terminal may have made it one that does not block.
    private static func mayTryAgain(_ descriptor: Int32, for event: Int32) -> Bool {
        if errno == EINTR { return true }
        guard errno == EAGAIN else { return false }
        var item = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        _ = poll(&item, 1, -1)
        return true
    }
}
