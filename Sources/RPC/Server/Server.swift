import HTTP2
public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A gRPC server on one or more listeners.
public final class RPCServer: Sendable {
    private struct State {
        var listeners: [any Channel] = []
        var connections: [ConnectionID: OpenConnection] = [:]
        var lastConnection: UInt64 = 0
        var loops: [ObjectIdentifier: NIOLoopBound<LoopResources>] = [:]
        var isShuttingDown = false
    }

    private struct OpenConnection {
        let channel: any Channel
        let calls: NIOLoopBound<ServerConnection>
    }

    /// Connections that wait to be accepted.
    private static let backlog: Int32 = 4_096

    private let group: any EventLoopGroup
    private let environment: ServerConnection.Environment
    private let state = Mutex(State())

    /// - Parameters:
    ///   - methods: what the server answers; any other path gets `UNIMPLEMENTED`.
    ///   - tls: how the server proves itself; without it nothing is encrypted.
    ///   - onConnectionClosed: called once for each connection that made a call, on its event loop,
    ///     as soon as it is closed.
    public init(
        group: any EventLoopGroup, methods: [RPCMethod],
        configuration: RPCServerConfiguration = .init(), tls: RPCServerTLS? = nil,
        logger: Logger,
        onConnectionClosed: @escaping @Sendable (ConnectionID) -> Void = { _ in }
    ) {
        self.group = group
        environment = ServerConnection.Environment(
            methods: MethodTable(methods), configuration: configuration, tls: tls,
            logger: logger, onConnectionClosed: onConnectionClosed)
    }

    /// Open connections, for metrics.
    public var connectionCount: Int { state.withLock { $0.connections.count } }

    /// Connections that were accepted and whose TLS and HTTP/2 are not up yet.
    public var arrivingCount: Int { environment.arriving.load(ordering: .relaxed) }

    /// Listens and answers from then on. Port 0 takes a free one; the address that came of it is
    /// returned. Throws `UNAVAILABLE` with a sentence for a person when the address can't be had.
    @discardableResult
    public func start(host: String, port: Int) async throws(RPCError) -> SocketAddress {
        try await listen("\(host):\(port)") { bootstrap in
            try await bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
        }
    }

    /// The same on a Unix socket. One that nobody listens on any more is replaced.
    @discardableResult
    public func start(unixSocket path: String) async throws(RPCError) -> SocketAddress {
        try await listen(path) { bootstrap in
            try await bootstrap.bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true
            ).get()
        }
    }

    private func listen(
        _ name: String, _ bind: (ServerBootstrap) async throws -> any Channel
    ) async throws(RPCError) -> SocketAddress {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator.small)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
        do {
            let listener = try await bind(bootstrap)
            let isLate = state.withLock { state in
                state.listeners.append(listener)
                return state.isShuttingDown
            }
            guard !isLate, let address = listener.localAddress else {
                try await listener.close()
                throw RPCError(.unavailable, "the server is shutting down")
            }
            return address
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.unavailable, "can't listen on \(name): \(error)")
        }
    }

    /// Closes the connections of some clients at once, by what TLS made of their certificates.
    public func closeConnections(where isMeant: @escaping @Sendable (String?) -> Bool) {
        for connection in state.withLock({ Array($0.connections.values) }) {
            connection.channel.eventLoop.execute {
                guard isMeant(connection.calls.value.facts.identity) else { return }
                connection.channel.close(promise: nil)
            }
        }
    }

    /// Stops listening, ends open streams with `UNAVAILABLE`, lets unary calls in flight finish for
    /// at most `limit`, then closes what is left. Returns when every connection is closed.
    public func shutdown(limit: Duration = .seconds(5)) async {
        let (listeners, connections) = state.withLock { state in
            state.isShuttingDown = true
            return (state.listeners, Array(state.connections.values))
        }
        // First, or clients would come back into the drain.
        for listener in listeners { try? await listener.close() }
        let timers = connections.map { connection in
            let loop = connection.channel.eventLoop
            loop.execute { connection.calls.value.shutDown() }
            return loop.scheduleTask(in: TimeAmount(clamping: limit)) {
                connection.channel.close(promise: nil)
            }
        }
        for connection in connections { try? await connection.channel.closeFuture.get() }
        for timer in timers { timer.cancel() }
    }

    /// Makes a new channel a connection, on its event loop. Throws, which closes the channel, when
    /// there are too many.
    package func accept(_ channel: any Channel) throws {
        let loop = resources(of: channel.eventLoop)
        guard
            let session = HTTP2Session(
                role: .server, settings: environment.configuration.http2,
                scratch: loop.scratch)
        else { throw RPCError(.resourceExhausted, "no memory for a connection") }
        let id = try admit()
        let calls = ServerConnection(
            id: id, peer: channel.remoteAddress?.hostAndPort ?? "", session: session,
            environment: environment, executor: loop.executor, eventLoop: channel.eventLoop)
        let handler = ConnectionHandler(session: session, calls: calls, loop: loop)
        calls.flushSoon = { handler.flushSoon() }
        calls.close = { channel.close(promise: nil) }
        if let tls = environment.tls {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: tls.context()))
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        let open = OpenConnection(
            channel: channel, calls: NIOLoopBound(calls, eventLoop: channel.eventLoop))
        state.withLock { $0.connections[id] = open }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { _ = $0.connections.removeValue(forKey: id) }
        }
        calls.opened()
    }

    private func admit() throws(RPCError) -> ConnectionID {
        let maximum = environment.configuration.connectionMaximum
        return try state.withLock { state throws(RPCError) in
            guard !state.isShuttingDown else {
                throw RPCError(.unavailable, "the server is shutting down")
            }
            guard state.connections.count < maximum else {
                environment.defences.count(.connectionBound)
                throw RPCError(.resourceExhausted, "there are \(maximum) connections")
            }
            state.lastConnection += 1
            return ConnectionID(number: state.lastConnection)
        }
    }

    private func resources(of loop: any EventLoop) -> LoopResources {
        let known = state.withLock { state in
            if let resources = state.loops[ObjectIdentifier(loop)] { return resources }
            let made = NIOLoopBound(LoopResources(loop), eventLoop: loop)
            state.loops[ObjectIdentifier(loop)] = made
            return made
        }
        return known.value
    }
}

extension RecvByteBufferAllocator where Self == AdaptiveRecvByteBufferAllocator {
    /// Small while a connection is idle, so that thousands of them are cheap.
    static var small: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 1_024, maximum: 65_536)
    }
}

extension SocketAddress {
    var hostAndPort: String {
        switch self {
        case .v4: "\(ipAddress ?? ""):\(port ?? 0)"
        case .v6: "[\(ipAddress ?? "")]:\(port ?? 0)"
        case .unixDomainSocket: pathname ?? "unix"
        }
    }
}
