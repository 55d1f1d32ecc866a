import Glibc
import Model

/// The named pipes between a command in a container and this agent, in a folder of the command's
/// own: `in`, `out`, `err`; for the next agent `container` (its id in containerd) and `leader` (the
/// command's pid).
struct CommandPipes: Sendable {
    let folder: String
    /// `nil` where the command reads nothing.
    let input: Descriptor?
    let output: Descriptor
    /// `nil` with a terminal.
    let errors: Descriptor?

    var inputPath: String { input == nil ? "" : folder + "/in" }
    var outputPath: String { folder + "/out" }
    var errorPath: String { errors == nil ? "" : folder + "/err" }

    /// Makes the folder. Nothing may be read before the command has started: until then a pipe
    /// that nobody writes to has ended.
    init(_ folder: String, for order: ExecOrder, in container: String) throws(SystemError) {
        self.folder = folder
        try Files.makeFolder(folder, mode: 0o700)
        do throws(SystemError) {
            try Files.write(Array(container.utf8), as: "container", in: folder)
            // Open for reading too, which does not wait for the other end.
            input = order.takesInput ? try Self.pipe(folder + "/in", O_RDWR) : nil
            output = try Self.pipe(folder + "/out", O_RDONLY)
            errors = order.terminal == nil ? try Self.pipe(folder + "/err", O_RDONLY) : nil
        } catch {
            Files.remove(folder)
            throw error
        }
    }

    private static func pipe(_ path: String, _ way: Int32) throws(SystemError) -> Descriptor {
        guard mkfifo(path, 0o600) == 0 else { throw SystemError("can't make the pipe \(path)") }
        let number = open(path, way | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("can't open the pipe \(path)") }
        return Descriptor(owning: number)
    }

    var outputs: [Descriptor] { [output, errors].compactMap { $0 } }
}
