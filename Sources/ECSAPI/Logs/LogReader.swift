public import Model

/// What reads the output of containers: whoever reaches their workers.
public protocol LogReader: Sendable {
    associatedtype Source: LogSource

    /// Has a worker read what a task's containers wrote.
    ///
    /// - Returns: A session, once the worker has answered; it is to be ended in any case.
    /// - Throws: ``APIError``, whose message begins as the middle of a sentence.
    func logs(_ order: LogOrder, on instance: InstanceID) async throws(APIError) -> Source
}

/// One task's output, for who asked for it.
public protocol LogSource: Sendable {
    /// What comes next; `nil` at the end. For one reader.
    func next() async -> LogOutput?

    /// Nothing more is wanted.
    func end()
}
