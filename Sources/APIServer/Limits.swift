/// What the server bears from its clients, and no more.
public struct Limits: Sendable {
    /// Open connections; beyond them new ones wait in the listen queue.
    public var connectionsMaximum: Int
    /// Bytes of a request's body; beyond them the answer is 413 `RequestEntityTooLargeException`.
    public var bodyMaximum: Int
    /// How long a connection may be silent between requests, and how long a request's headers may
    /// take; then it is closed.
    public var idle: Duration
    /// How long a request's body may take; then the connection is closed.
    public var body: Duration
    /// How long a client may take to read an answer; then the connection is closed.
    public var answer: Duration
    /// Writes that wait for the manager at one time; beyond them the answer is
    /// `ThrottlingException`.
    public var writesMaximum: Int
    /// Questions that take long to answer (own operations that explain, plan or look back) and wait
    /// at one time; beyond them the answer is `ThrottlingException`.
    public var inquiriesMaximum: Int
    /// Streams of events that are open at one time; beyond them the answer is
    /// `ThrottlingException`.
    public var eventStreamsMaximum: Int
    /// Streams of containers' output likewise.
    public var logStreamsMaximum: Int
    /// How often `muster exec` is told that the manager is there, when there is nothing else. A
    /// client says so too: one that is silent for ``idle`` is gone.
    public var execPulse: Duration

    public init(
        connectionsMaximum: Int = 1_024, bodyMaximum: Int = 1_048_576,
        idle: Duration = .seconds(60),
        body: Duration = .seconds(20), answer: Duration = .seconds(60), writesMaximum: Int = 1_024,
        inquiriesMaximum: Int = 16, eventStreamsMaximum: Int = 64, logStreamsMaximum: Int = 64,
        execPulse: Duration = .seconds(15)
    ) {
        self.connectionsMaximum = connectionsMaximum
        self.bodyMaximum = bodyMaximum
        self.idle = idle
        self.body = body
        self.answer = answer
        self.writesMaximum = writesMaximum
        self.inquiriesMaximum = inquiriesMaximum
        self.eventStreamsMaximum = eventStreamsMaximum
        self.logStreamsMaximum = logStreamsMaximum
        self.execPulse = execPulse
    }
}
