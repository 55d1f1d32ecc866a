import CProcess
import Glibc

/// A running supervisor, held by a pidfd: whatever is done here reaches this process or none.
struct Supervisor: ~Copyable {
    private let pidfd: Int32

    init(owning pidfd: Int32) {
        self.pidfd = pidfd
    }

    deinit {
        close(pidfd)
    }

    func signal(_ number: Int32) {
        cprocess_pidfd_signal(pidfd, number)
    }

    /// Whether it has ended within so many milliseconds. Blocks the thread.
    func hasEnded(within milliseconds: Int32) -> Bool {
        cprocess_pidfd_wait(pidfd, milliseconds) == 1
    }

    /// Gives the pidfd away.
    consuming func release() -> Int32 {
        let descriptor = pidfd
        discard self
        return descriptor
    }

    /// Starts a supervisor for a container's folder and waits until the start is decided. Returns
    /// what the supervisor could not record, usually nothing.
    ///
    /// - Parameter patience: milliseconds.
    static func launch(
        _ program: String, folder: String, patience: Int32
    ) throws(SystemError) -> String {
        var ends: [Int32] = [-1, -1]
        try checked(cprocess_pipe(&ends), "can't make a pipe")
        defer { close(ends[0]) }
        let result = cprocess_spawn_supervisor(program, folder, ends[1])
        close(ends[1])
        try checked(result, "can't run \(program)")
        return try readToEnd(ends[0], patience: patience)
    }

    private static func readToEnd(
        _ descriptor: Int32, patience: Int32
    ) throws(SystemError) -> String {
        var text: [UInt8] = []
        while text.count < 4_096 {
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&item, 1, patience)
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { throw SystemError("the start takes too long", code: ETIMEDOUT) }
            var buffer = [UInt8](repeating: 0, count: 512)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
