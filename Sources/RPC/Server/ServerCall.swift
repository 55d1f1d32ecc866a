import NIOCore

/// A call of which nothing but the headers has come.
struct AnnouncedCall {
    let context: RPCContext
    let encoding: RPCCompression
}

/// One call of a server connection that was not answered at once.
final class ServerCall {
    enum State {
        /// The request is on its way.
        case receiving
        /// A deferred handler has it.
        case answering
        /// Answers come one by one, in the end a status.
        case streaming(RPCStreamWriter)
    }

    let stream: Int32
    var context: RPCContext
    var inflow: Inflow
    /// Bytes of incomplete messages that the connection has counted for this call.
    var gatheredBytes = 0
    var state = State.receiving
    var timer: Scheduled<Void>?
    /// The client has sent everything.
    var hasRequestEnded = false
    /// The head of the response was given to the session.
    var hasSentHead = false
    /// Where a handler reads the client's messages, and the task that runs it.
    var requests: InboundMessages?
    var task: Task<Void, Never>?

    init(stream: Int32, context: RPCContext, inflow: Inflow) {
        self.stream = stream
        self.context = context
        self.inflow = inflow
    }

    var isReceiving: Bool {
        if case .receiving = state { true } else { false }
    }

    var writer: RPCStreamWriter? {
        if case .streaming(let writer) = state { writer } else { nil }
    }
}
