public import Model

/// A command that was started in a container beside what runs there.
///
/// It is over when its program has ended, when the container has, or after ``kill()``; nothing of
/// it is left then. So is one that nobody holds any more, and one whose agent has died.
public protocol RunningCommand: Sendable {
    /// What it writes next; with a terminal that is all it writes. `nil` at its end. For one
    /// reader.
    func output() async -> [UInt8]?

    /// The same of its errors.
    func errors() async -> [UInt8]?

    /// Returns when the command, or the pipe to it, has taken all, or nobody will any more. For one
    /// writer.
    func write(_ bytes: [UInt8]) async

    /// Nothing more will be written.
    func endInput() async

    /// Of its terminal; without one nothing happens.
    func resize(_ size: TerminalSize)

    /// Ends it, and all that it started, by force.
    func kill()

    /// Waits for its end: 0 to 255, 128 + n when signal n ended it; `nil` when nobody can know. For
    /// one caller. What it wrote can be read afterwards.
    func exitCode() async -> Int32?
}

extension ContainerRuntime {
    public func exec(_ order: ExecOrder) async throws(RuntimeError) -> any RunningCommand {
        throw RuntimeError(
            name: RuntimeError.cannotExec,
            message: "the runtime \(name) does not run commands in containers.")
    }
}

extension RuntimeError {
    /// Not one of ECS's agent, where another program runs commands.
    static let cannotExec = "CannotExecuteCommandError"
}
