import HTTP2
public import Logging
public import NIOCore
import NIOPosix
import Synchronization

/// One connection to a gRPC server. It does not reconnect: when it is closed, make another. It is
/// closed when it is dropped and no stream of it is in use.
public final class RPCClientConnection: Sendable {
    /// What became of a connection.
    enum State {
        case open
        /// No new calls; those open go on.
        case refusing
        case closed(RPCError)
    }

    private let channel: any Channel
    private let calls: NIOLoopBound<ClientCalls>
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
    /// server, it does not speak HTTP/2, or it does not answer in time.
    public static func connect(
        host: String, port: Int, group: any EventLoopGroup,
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
        let authority = "\(host):\(port)"
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator.small)
        do {
            let (channel, calls) = try await bootstrap.connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let calls = try install(
                        on: channel, authority: authority, configuration: configuration,
                        logger: logger, ready: ready, watch: watch)
                    return (channel, NIOLoopBound(calls, eventLoop: channel.eventLoop))
                }
            }
            let connection = RPCClientConnection(
                channel: channel, calls: calls, configuration: configuration, watch: watch)
            try await ready.futureResult.get()
            return connection
        } catch {
            ready.fail(error)
            let reason = (error as? RPCError)?.message ?? "\(error)"
            throw RPCError(.unavailable, "can't connect to \(authority): \(reason)")
        }
    }

    /// Calls a unary method. Throws what the server answered, `DEADLINE_EXCEEDED` after `timeout`,
    /// `UNAVAILABLE` when the connection is closed, `CANCELLED` when the task is.
    ///
    /// - Parameter method: `/package.Service/Method`
    public func unary(
        _ method: String, _ request: [UInt8], timeout: Duration
    ) async throws(RPCError) -> [UInt8] {
        let request = ClientRequest(method: method, message: request, timeout: timeout)
        let call = UnaryCall()
        let loop = channel.eventLoop
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.wait(continuation)
                loop.execute { self.calls.value.start(request, call) }
            }
        } onCancel: {
            call.end(RPCStatus(.cancelled, "the call was cancelled"))
            loop.execute { self.calls.value.cancel(call) }
        }
        return try outcome.get()
    }

    /// Calls a method that answers with a stream. Errors come out of the stream.
    public func serverStream(
        _ method: String, _ request: [UInt8], timeout: Duration? = nil
    ) -> RPCResponseStream {
        let request = ClientRequest(method: method, message: request, timeout: timeout)
        let buffer = ResponseBuffer(bytesMaximum: configuration.streamBufferMaximum)
        let loop = channel.eventLoop
        let calls = self.calls
        // The buffer drops its hooks when the call ends, as every call does.
        buffer.attach(
            ResponseBuffer.Hooks(
                release: { loop.execute { calls.value.release(buffer) } },
                cancel: { loop.execute { calls.value.cancel(buffer) } }))
        loop.execute { calls.value.start(request, buffer) }
        return RPCResponseStream(buffer: buffer, connection: self)
    }

    /// Whether the connection takes no more calls: closed, or the server is going away.
    public var isClosed: Bool { watch.isClosed }

    /// Calls back once, on the event loop, when the connection is closed; at once when it already
    /// is.
    public func onClose(_ callback: @escaping @Sendable (RPCError) -> Void) {
        watch.onClose(callback)
    }

    /// Closes the connection; calls in flight end with `UNAVAILABLE`.
    public func close() async {
        channel.close(promise: nil)
        try? await channel.closeFuture.get()
    }

    private static func install(
        on channel: any Channel, authority: String, configuration: RPCClientConfiguration,
        logger: Logger, ready: EventLoopPromise<Void>, watch: ConnectionWatch
    ) throws -> ClientCalls {
        var settings = HTTP2Settings()
        settings.headerListMaximum = configuration.headerListMaximum
        guard let session = HTTP2Session(role: .client, settings: settings) else {
            throw RPCError(.resourceExhausted, "no memory for a connection")
        }
        let calls = ClientCalls(
            session: session, authority: authority, configuration: configuration,
            eventLoop: channel.eventLoop, logger: logger,
            onReady: { error in
                if let error { ready.fail(error) } else { ready.succeed() }
            },
            onState: { watch.changed(to: $0) })
        let handler = ConnectionHandler(session: session, calls: calls)
        calls.flushSoon = { [weak handler] in handler?.flushSoon() }
        try channel.pipeline.syncOperations.addHandler(handler)
        return calls
    }
}

/// The state of a connection for those that are not on its loop.
final class ConnectionWatch: Sendable {
    private struct Watched {
        var state = RPCClientConnection.State.open
        var callbacks: [@Sendable (RPCError) -> Void] = []
    }

    private let watched = Mutex(Watched())
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    var isClosed: Bool {
        watched.withLock { watched in
            if case .open = watched.state { false } else { true }
        }
    }

    func changed(to state: RPCClientConnection.State) {
        let callbacks = watched.withLock { watched -> [@Sendable (RPCError) -> Void] in
            watched.state = state
            guard case .closed = state else { return [] }
            defer { watched.callbacks = [] }
            return watched.callbacks
        }
        if case .closed(let error) = state {
            for callback in callbacks { callback(error) }
        }
    }

    func onClose(_ callback: @escaping @Sendable (RPCError) -> Void) {
        let error = watched.withLock { watched -> RPCError? in
            if case .closed(let error) = watched.state { return error }
            watched.callbacks.append(callback)
            return nil
        }
        if let error { eventLoop.execute { callback(error) } }
    }
}
