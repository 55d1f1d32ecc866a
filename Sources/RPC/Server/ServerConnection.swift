import HTTP2
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// One connection to a server: its life, and which event goes where. What becomes of requests is in
/// `+Requests`, of answers in `+Answers`. Confined to the connection's event loop.
final class ServerConnection: ConnectionCalls {
    /// What every connection of a server shares.
    final class Environment: Sendable {
        let methods: MethodTable
        let configuration: RPCServerConfiguration
        let tls: RPCServerTLS?
        let defences = Defences()
        let logger: Logger
        /// For what is told of strangers.
        let strangers: StrangerLog
        /// Connections that were accepted and have not shown yet that they speak HTTP/2.
        let arriving = Atomic<Int>(0)
        let onConnectionClosed: @Sendable (ConnectionID) -> Void

        init(
            methods: MethodTable, configuration: RPCServerConfiguration, tls: RPCServerTLS?,
            logger: Logger, onConnectionClosed: @escaping @Sendable (ConnectionID) -> Void
        ) {
            self.methods = methods
            self.configuration = configuration
            self.tls = tls
            self.logger = logger
            strangers = StrangerLog(logger)
            self.onConnectionClosed = onConnectionClosed
        }
    }

    let session: HTTP2Session
    let environment: Environment
    let eventLoop: any EventLoop
    let executor: LoopExecutor
    private(set) var facts: ConnectionFacts
    /// Asks the handler to write soon. Like the timers it holds on until the connection is closed:
    /// weak references would make each use of the objects of a connection dearer.
    var flushSoon: () -> Void = {}
    /// Closes the channel at once.
    var close: () -> Void = {}

    var calls = StreamTable<ServerCall>()
    /// Requests of inline methods whose messages have not begun to come.
    var announced = StreamTable<AnnouncedCall>()
    var announcedLook: AnnouncedLook?
    /// Streams whose writers have output, in the order in which they were woken.
    var readyStreams: [Int32] = []
    /// Bytes of messages that are not whole yet.
    var gatheredBytes = 0
    /// What the writers of streams may hold; made when there is one.
    private(set) lazy var budget = OutboundBudget(
        maximum: environment.configuration.connectionBufferMaximum)
    var hasHandledCalls = false
    private var isClosed = false
    private var isArriving = false
    private var handshakeTimer: Scheduled<Void>?
    private var silenceTimer: Scheduled<Void>?
    /// Whether the peer sent anything since the last look, and whether it was asked to.
    private var hasHeard = false
    private var hasAsked = false
    private var drain = Drain.no
    /// What tells the pings of shutting down from those against silence.
    private static let drainPing: UInt64 = 1
    private static let silencePing: UInt64 = 2

    static let late = RPCStatus(.deadlineExceeded, "the deadline passed before the answer")
    static let shuttingDown = RPCStatus(.unavailable, "the server is shutting down")

    private enum Drain { case no, announced, goingAway }

    init(
        id: ConnectionID, peer: String, session: HTTP2Session, environment: Environment,
        executor: LoopExecutor, eventLoop: any EventLoop
    ) {
        facts = ConnectionFacts(
            id: id, peer: peer, identity: nil, defences: environment.defences)
        self.session = session
        self.environment = environment
        self.executor = executor
        self.eventLoop = eventLoop
    }

    var isDraining: Bool { drain != .no }

    // MARK: The connection

    /// The channel is there: the peer has so long to show that it speaks HTTP/2.
    func opened() {
        guard !isClosed else { return }
        isArriving = true
        environment.arriving.add(1, ordering: .relaxed)
        let timeout = TimeAmount(clamping: environment.configuration.handshakeTimeout)
        handshakeTimer = eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.environment.defences.count(.handshakeTimeout)
            self.log("no HTTP/2 preface in time")
            self.close()
        }
        watchSilence()
    }

    /// TLS is up: who is it? Throws what refuses the client.
    func secured(_ negotiated: String?, _ certificate: NIOSSLCertificate?) throws {
        guard negotiated == "h2" else {
            throw RPCError(.unavailable, "the client did not agree to HTTP/2 (ALPN h2)")
        }
        let identity = try environment.tls?.identify(certificate)
        facts = ConnectionFacts(
            id: facts.id, peer: facts.peer, identity: identity, defences: environment.defences)
    }

    /// The peer was not let in, or TLS failed under way.
    func failed(_ error: any Error) {
        guard environment.tls != nil, !isClosed else { return }
        environment.defences.count(.tls)
        environment.strangers.log(
            .notice, "connection refused", on: eventLoop,
            ["peer": "\(facts.peer)", "reason": "\(TLSFailure.text(error))"])
    }

    /// A peer whose host is gone says nothing, not even that it is gone.
    private func watchSilence() {
        let period = TimeAmount(clamping: environment.configuration.silenceMaximum)
        silenceTimer = eventLoop.assumeIsolated().scheduleTask(in: period) {
            if !self.hasHeard && self.hasAsked {
                self.environment.defences.count(.silence)
                self.log("silence")
                return self.close()
            }
            self.hasAsked = !self.hasHeard
            self.hasHeard = false
            if self.hasAsked {
                self.session.ping(Self.silencePing)
                self.flushSoon()
            }
            self.watchSilence()
        }
    }

    /// The peer speaks HTTP/2, or is gone.
    private func arrived() {
        guard isArriving else { return }
        isArriving = false
        environment.arriving.subtract(1, ordering: .relaxed)
    }

    func closed() {
        guard !isClosed else { return }
        isClosed = true
        arrived()
        handshakeTimer?.cancel()
        silenceTimer?.cancel()
        announcedLook?.timer.cancel()
        flushSoon = {}
        close = {}
        for stream in calls.streams {
            forget(stream, RPCError(.cancelled, "the connection is closed"))
        }
        if hasHandledCalls { environment.onConnectionClosed(facts.id) }
    }

    var mayClose: Bool { drain != .announced }

    /// Ends server streams, lets other calls finish, takes no new ones.
    func shutDown() {
        guard drain == .no, !isClosed else { return }
        drain = .announced
        session.announceShutdown()
        session.ping(Self.drainPing)
        for stream in calls.streams {
            guard let call = calls[stream], call.requests == nil else { continue }
            call.writer?.finish(Self.shuttingDown)
        }
        flushSoon()
    }

    // MARK: Events

    func handle(_ events: HTTP2Events, _ input: UnsafeRawBufferPointer) {
        if !input.isEmpty { hasHeard = true }
        var index = 0
        while index < events.list.count {
            switch events.list[index] {
            case .headers(let stream, let fields, let endsStream):
                if answerAtOnce(stream, events, fields, at: index, input) {
                    // The request's DATA and its end were taken with it.
                    index += 2
                } else if endsStream {
                    requestEnded(stream)
                }
            case .data(let stream, let range):
                let piece = UnsafeRawBufferPointer(rebasing: input[range])
                if index + 1 < events.list.count,
                    case .ended(stream) = events.list[index + 1], answerAtOnce(stream, piece)
                {
                    index += 1
                } else {
                    received(stream, piece)
                }
            case .ended(let stream):
                requestEnded(stream)
            case .closed(let stream, _):
                forget(stream, RPCError(.cancelled, "the client cancelled the call"))
            default:
                handle(events.list[index])
            }
            index += 1
        }
    }

    private func handle(_ event: HTTP2Events.Event) {
        switch event {
        case .ready:
            handshakeTimer?.cancel()
            arrived()
        case .pong(let opaque) where opaque == Self.drainPing && drain == .announced:
            drain = .goingAway
            session.goAway()
        case .failed:
            guard let failure = session.failure else { return }
            environment.defences.count(failure)
            log(failure.reason)
        case .refused(_, let code):
            let isBound = code == HTTP2ErrorCode.refusedStream.rawValue
            environment.defences.count(isBound ? .streamBound : .streamViolation)
        case .pong, .ping, .goAway, .headers, .data, .ended, .closed:
            break
        }
    }

    func prepareOutput() {
        guard !readyStreams.isEmpty else { return }
        let ready = readyStreams
        readyStreams = []
        for stream in ready where fill(stream) { readyStreams.append(stream) }
    }

    func log(_ reason: String) {
        environment.logger.debug(
            "closing connection",
            metadata: [
                "connection": "\(facts.id.number)", "peer": "\(facts.peer)", "reason": "\(reason)",
            ])
    }
}
