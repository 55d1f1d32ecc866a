public import Model

/// What runs commands in containers: whoever reaches their workers.
public protocol CommandRunner: Sendable {
    associatedtype Session: CommandSession

    /// Has a command run on an instance.
    ///
    /// - Returns: A session, once the worker has answered; it is to be ended in any case.
    func run(_ order: ExecOrder, on instance: InstanceID) async throws(APIError) -> Session
}

/// A command, for who asked for it.
public protocol CommandSession: Sendable {
    /// What comes of it next; ``ExecOutput/isLast`` tells the last. For one reader.
    func next() async -> ExecOutput

    /// Passes something on as soon as there is room; false when the command is over. For one
    /// writer.
    func send(_ input: ExecInput) async -> Bool

    /// Ends it, wherever it is.
    func end()
}
