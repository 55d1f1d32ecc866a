import CProcess
import Glibc

/// Where a worker gets the values of secrets. They go into the environment of containers and
/// nowhere else: no message, log or record of this module holds one.
public enum SecretProvider: Hashable, Sendable {
    /// A folder with a file for each: `name` for a parameter, `name` or `name-AbCdEf` for a secret.
    /// One line's end at the end of a file does not count.
    case files(String)
    /// The path of a program that gets the ARN or name as its argument and writes the value to its
    /// standard output. Its environment is the worker's.
    case command(String)

    /// How long a program may take, and how many bytes a value may have.
    static let patience = Duration.seconds(10)
    static let valueMaximum = 65_536

    /// Blocks.
    func value(of valueFrom: String) throws(SecretProblem) -> String {
        let reference = try SecretReference(valueFrom)
        var bytes: [UInt8]
        switch self {
        case .files(let folder): bytes = try Self.read(reference, ClosedFolder(path: folder))
        case .command(let program):
            // The program would take it for an option.
            guard !reference.id.hasPrefix("-") else {
                throw SecretProblem("\(valueFrom) begins with a hyphen, as no secret's name does")
            }
            bytes = try ProgramOutput.read(
                program, [reference.id], within: Self.patience, maximum: Self.valueMaximum)
        }
        guard bytes.count <= Self.valueMaximum else {
            throw SecretProblem(
                "the value of \(valueFrom) has more than \(Self.valueMaximum) bytes")
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        do throws(SecretProblem) {
            return try reference.value(in: bytes)
        } catch {
            throw SecretProblem("\(valueFrom): \(error.text)")
        }
    }

    private static func read(
        _ reference: SecretReference, _ folder: ClosedFolder
    ) throws(SecretProblem) -> [UInt8] {
        do throws(SystemError) {
            for path in reference.paths {
                if let bytes = try folder.read(path) { return bytes }
            }
        } catch {
            throw SecretProblem("\(error)")
        }
        throw SecretProblem(
            "there is no file \(reference.paths[reference.paths.count - 1]) in \(folder.path) for "
                + reference.id)
    }
}

/// What a program of the operator's writes to its standard output.
enum ProgramOutput {
    /// Runs it to its end, and ends all of its group with it. Blocks.
    static func read(
        _ program: String, _ arguments: [String], within patience: Duration, maximum: Int
    ) throws(SecretProblem) -> [UInt8] {
        var ends: [Int32] = [-1, -1]
        guard cprocess_pipe(&ends) == 0 else { throw SecretProblem("there is no pipe to be had") }
        defer { close(ends[0]) }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var pid: pid_t = 0
        let pidfd = cprocess_spawn_program(program, &words, ends[1], &pid)
        for word in words { free(word) }
        close(ends[1])
        guard pidfd >= 0 else {
            throw SecretProblem("can't run \(program): \(String(cString: strerror(-pidfd)))")
        }
        defer { close(pidfd) }
        let end = ContinuousClock.now + patience
        let bytes = output(ends[0], until: end, maximum: maximum)
        let isOver = bytes != nil && cprocess_pidfd_wait(pidfd, left(until: end)) == 1
        // Not reaped yet, so that the number is still its group's.
        kill(-pid, SIGKILL)
        _ = cprocess_pidfd_wait(pidfd, -1)
        let code = cprocess_pidfd_exit_code(pidfd)
        guard isOver, let bytes else {
            throw SecretProblem(
                "\(program) did not end within \(patience) with at most \(maximum) bytes of output")
        }
        guard code == 0 else { throw SecretProblem("\(program) ended with exit code \(code)") }
        return bytes
    }

    /// All up to the end; `nil` when that does not come, or there is too much.
    private static func output(
        _ descriptor: Int32, until end: ContinuousClock.Instant, maximum: Int
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= maximum {
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&item, 1, left(until: end))
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
        }
        return nil
    }

    private static func left(until end: ContinuousClock.Instant) -> Int32 {
        let rest = max(end - .now, .zero).components
        return Int32(rest.seconds * 1_000 + rest.attoseconds / 1_000_000_000_000_000)
    }
}
