import HTTP2
public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One connection to a gRPC server. It does not reconnect: when it is closed, make another. It is
/// closed when it is dropped and no stream of it is in use.
public final class RPCClientConnection: Sendable {
    /// What became of a connection.
    enum State {
        case open
        /// No new calls, and why; those open go on.
        case refusing(RPCError, isCalm: Bool)
        case closed(RPCError)
    }

    private let channel: any Channel
    let calls: NIOLoopBound<ClientCalls>
    private let configuration: RPCClientConfiguration
    private let watch: ConnectionWatch

    private init(
        channel: any Channel, calls: NIOLoopBound<ClientCalls>,
        configuration: RPCClientConfiguration, watch: ConnectionWatch
    ) {
        self.channel = channel
        self.calls = calls
        self.configuration = configuration
        self.watch = watch
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Connects and waits for the server's HTTP/2 settings. Throws `UNAVAILABLE` when there is no
    /// server, it does not speak HTTP/2, TLS fails, or it does not answer in time.
    public static func connect(
        to target: RPCTarget, tls: RPCClientTLS? = nil, group: any EventLoopGroup,
        configuration: RPCClientConfiguration = .init(), logger: Logger
    ) async throws(RPCError) -> RPCClientConnection {
        let loop = group.next()
        let timeout = TimeAmount(clamping: configuration.connectTimeout)
        let ready = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: timeout) {
            ready.fail(RPCError(.unavailable, "no answer within \(configuration.connectTimeout)"))
        }
        defer { timer.cancel() }
        let watch = ConnectionWatch(eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator.small)
        do {
            let install: @Sendable (any Channel) -> EventLoopFuture<Installed> = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.install(
                        on: channel, target: target, tls: tls, configuration: configuration,
                        logger: logger, ready: ready, watch: watch)
                }
            }
            let installed: Installed
            switch target {
            case .tcp(let host, let port):
                installed = try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: host, port: port, channelInitializer: install)
            case .unix(let path):
                installed = try await bootstrap.connect(
                    unixDomainSocketPath: path, channelInitializer: install)
            }
            let connection = RPCClientConnection(
                channel: installed.channel, calls: installed.calls, configuration: configuration,
                watch: watch)
            try await ready.futureResult.get()
            return connection
        } catch {
            ready.fail(error)
            throw RPCError(.unavailable, "can't connect to \(target): \(reason(error, watch))")
        }
    }

    /// The connection of a channel that is there already. It takes calls at once.
    package static func over(
        _ channel: any Channel, configuration: RPCClientConfiguration = .init(), logger: Logger
    ) throws -> RPCClientConnection {
        let watch = ConnectionWatch(eventLoop: channel.eventLoop)
        let installed = try install(
            on: channel, target: .unix(path: "/"), tls: nil, configuration: configuration,
            logger: logger, ready: channel.eventLoop.makePromise(), watch: watch)
        return RPCClientConnection(
            channel: channel, calls: installed.calls, configuration: configuration, watch: watch)
    }

    /// What is known of a failure: TLS says more than the connection that it ended.
    private static func reason(_ error: any Error, _ watch: ConnectionWatch) -> String {
        watch.refusal?.message ?? TLSFailure.text(error)
    }

    // MARK: Calls

    /// Calls a unary method. Throws what the server answered, `DEADLINE_EXCEEDED` after `timeout`,
    /// `UNAVAILABLE` when the connection is closed, `CANCELLED` when the task is.
    ///
    /// - Parameter method: `/package.Service/Method`
    public func unary(
        _ method: String, _ request: [UInt8], timeout: Duration
    ) async throws(RPCError) -> [UInt8] {
        try await unary(method, request, options: RPCCallOptions(timeout: timeout)).message
    }

    /// The same with metadata both ways.
    public func unary(
        _ method: String, _ request: [UInt8], options: RPCCallOptions
    ) async throws(RPCError) -> RPCResponse {
        let request = ClientRequest(method: method, body: .message(request), options: options)
        let call = UnaryCall()
        let loop = channel.eventLoop
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.wait(continuation)
                loop.execute { self.calls.value.start(request, call) }
            }
        } onCancel: {
            call.end(RPCStatus(.cancelled, "the call was cancelled"), .init())
            loop.execute { self.calls.value.cancel(call) }
        }
        return try outcome.get()
    }

    /// Calls a method that answers with a stream. Errors come out of the stream.
    public func serverStream(
        _ method: String, _ request: [UInt8], timeout: Duration? = nil
    ) -> RPCResponseStream {
        serverStream(method, request, options: RPCCallOptions(timeout: timeout))
    }

    /// The same with metadata both ways.
    public func serverStream(
        _ method: String, _ request: [UInt8], options: RPCCallOptions
    ) -> RPCResponseStream {
        start(method, .message(request), options, outbound: nil)
    }

    /// Calls a method whose client streams. Errors come out of the stream of responses.
    public func stream(
        _ method: String, options: RPCCallOptions = .init()
    ) -> RPCClientStream {
        let loop = channel.eventLoop
        let calls = self.calls
        let woken = WeakCall()
        let outbound = OutboundMessages(bytesMaximum: configuration.streamBufferMaximum) {
            loop.execute {
                if let call = woken.call { calls.value.wake(call) }
            }
        }
        outbound.compress(with: options.compression)
        let responses = start(method, .stream(outbound), options, outbound: outbound, woken)
        return RPCClientStream(responses: responses, outbound: outbound)
    }

    private func start(
        _ method: String, _ body: ClientRequest.Body, _ options: RPCCallOptions,
        outbound: OutboundMessages?, _ woken: WeakCall? = nil
    ) -> RPCResponseStream {
        let request = ClientRequest(method: method, body: body, options: options)
        let call = StreamCall(
            bytesMaximum: configuration.streamBufferMaximum, outbound: outbound)
        woken?.call = call
        let loop = channel.eventLoop
        let calls = self.calls
        // The hooks are dropped when the call ends, as every call does.
        call.messages.attach(
            InboundMessages.Hooks(
                release: { loop.execute { calls.value.release(call) } },
                cancel: { loop.execute { calls.value.cancel(call) } }))
        loop.execute { calls.value.start(request, call) }
        return RPCResponseStream(call: call, owner: self)
    }

    /// Asks for a sign of life. Returns how long the answer took.
    public func ping() async throws(RPCError) -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        let loop = channel.eventLoop
        let outcome = await withCheckedContinuation { continuation in
            loop.execute { self.calls.value.ping { continuation.resume(returning: $0) } }
        }
        try outcome.get()
        return start.duration(to: clock.now)
    }

    // MARK: Its end

    /// Whether the connection takes no more calls: closed, or the server is going away.
    public var isClosed: Bool { watch.isClosed }

    /// Calls back once, on the event loop, when the connection is closed; at once when it already
    /// is.
    public func onClose(_ callback: @escaping @Sendable (RPCError) -> Void) {
        watch.onClose(callback)
    }

    /// Calls back on the event loop whenever the connection changed.
    func onChange(_ callback: @escaping @Sendable (State) -> Void) {
        watch.onChange(callback)
    }

    /// Closes the connection; calls in flight end with `UNAVAILABLE`.
    public func close() async {
        channel.close(promise: nil)
        try? await channel.closeFuture.get()
    }

    private struct Installed: Sendable {
        let channel: any Channel
        let calls: NIOLoopBound<ClientCalls>
    }

    private static func install(
        on channel: any Channel, target: RPCTarget, tls: RPCClientTLS?,
        configuration: RPCClientConfiguration, logger: Logger, ready: EventLoopPromise<Void>,
        watch: ConnectionWatch
    ) throws -> Installed {
        var settings = HTTP2Settings()
        settings.headerListMaximum = configuration.headerListMaximum
        let loop = LoopResources(channel.eventLoop)
        guard
            let session = HTTP2Session(role: .client, settings: settings, scratch: loop.scratch)
        else {
            throw RPCError(.resourceExhausted, "no memory for a connection")
        }
        let calls = ClientCalls(
            session: session, target: target, isSecure: tls != nil, configuration: configuration,
            eventLoop: channel.eventLoop, logger: logger,
            onReady: { error in
                if let error { ready.fail(error) } else { ready.succeed() }
            },
            onState: { watch.changed(to: $0) })
        let handler = ConnectionHandler(session: session, calls: calls, loop: loop)
        calls.flushSoon = { [weak handler] in handler?.flushSoon() }
        calls.close = { channel.close(promise: nil) }
        if let tls {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: tls.context, serverHostname: tls.serverName))
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        return Installed(
            channel: channel, calls: NIOLoopBound(calls, eventLoop: channel.eventLoop))
    }
}

/// What an outbound stream wakes, which is made after it and must not be kept alive by it.
private final class WeakCall: Sendable {
    private struct Reference {
        weak var call: StreamCall?
    }

    private let reference = Mutex(Reference())

    var call: StreamCall? {
        get { reference.withLock { $0.call } }
        set { reference.withLock { $0.call = newValue } }
    }
}
