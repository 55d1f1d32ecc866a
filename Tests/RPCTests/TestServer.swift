import Logging
import NIOCore
import NIOPosix
import RPC
import Synchronization

let group = MultiThreadedEventLoopGroup.singleton
let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A server with a method of each kind, and what tests want to know of it.
final class TestServer: Sendable {
    let server: RPCServer
    let port: Int
    let events: Events

    /// What handlers and callbacks have seen.
    final class Events: Sendable {
        /// The writer of the last call of `/test.T/Held`.
        let held = group.next().makePromise(of: RPCStreamWriter.self)
        let heldEnded = group.next().makePromise(of: Void.self)
        /// The reply of the last call of `/test.T/Later`.
        let later = group.next().makePromise(of: RPCReply.self)
        let connection = group.next().makePromise(of: ConnectionID.self)
        let closed = group.next().makePromise(of: ConnectionID.self)
    }

    private init(server: RPCServer, port: Int, events: Events) {
        self.server = server
        self.port = port
        self.events = events
    }

    /// Runs a body with a server, which is shut down after it.
    static func with<Result>(
        _ configuration: RPCServerConfiguration = .init(), host: String = "127.0.0.1",
        port: Int = 0, unixSocket: String? = nil, tls: RPCServerTLS? = nil,
        _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let events = Events()
        let server = RPCServer(
            group: group, methods: methods(events) + streamingMethods, configuration: configuration,
            tls: tls, logger: logger, onConnectionClosed: { events.closed.succeed($0) })
        let address =
            if let unixSocket { try await server.start(unixSocket: unixSocket) } else {
                try await server.start(host: host, port: port)
            }
        let test = TestServer(server: server, port: address.port ?? 0, events: events)
        do {
            let result = try await body(test)
            await test.stop()
            return result
        } catch {
            await test.stop()
            throw error
        }
    }

    func connect(_ configuration: RPCClientConfiguration = .patient) async throws
        -> RPCClientConnection
    {
        try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: port), group: group, configuration: configuration,
            logger: logger)
    }

    /// Connects to a server that gives its clients little time: on a machine with much to do an
    /// honest one can be too late for it, and see that only at its first call.
    func connectAtLast() async throws -> RPCClientConnection {
        while true {
            do throws(RPCError) {
                let connection = try await RPCClientConnection.connect(
                    to: .tcp(host: "127.0.0.1", port: port), group: group,
                    configuration: .patient, logger: logger)
                _ = try await connection.unary("/test.T/Echo", [], timeout: .seconds(30))
                return connection
            } catch {
                try Task.checkCancellation()
            }
        }
    }

    private func stop() async {
        await server.shutdown(limit: .milliseconds(100))
        // A promise that a test did not use must not be left alone.
        let unused = RPCError(.cancelled, "the test is over")
        events.held.fail(unused)
        events.heldEnded.fail(unused)
        events.later.fail(unused)
        events.connection.fail(unused)
        events.closed.fail(unused)
    }

    private static func methods(_ events: Events) -> [RPCMethod] {
        [
            .unary(
                "/test.T/Echo",
                inline: { request, context throws(RPCError) in
                    events.connection.succeed(context.connection)
                    return request.withUnsafeBytes { Array($0) }
                }),
            .unary(
                "/test.T/Fail",
                inline: { _, _ throws(RPCError) in
                    throw RPCError(.failedPrecondition, "Sitzung veraltet: 100 % grün\n")
                }),
            .unary(
                "/test.T/Thread",
                deferred: { request, _, reply in
                    Task.detached { reply.succeed(request.reversed()) }
                }),
            .unary("/test.T/Drop", deferred: { _, _, _ in }),
            .unary("/test.T/Later", deferred: { _, _, reply in events.later.succeed(reply) }),
            .serverStream("/test.T/Count") { request, _, writer in
                for number in 0..<Int(request[0]) * 100 {
                    writer.send([UInt8(number & 0xFF), UInt8(number >> 8)])
                }
                writer.finish()
            },
            .serverStream("/test.T/Held") { _, context, writer in
                events.connection.succeed(context.connection)
                writer.onTermination { events.heldEnded.succeed() }
                events.held.succeed(writer)
            },
        ]
    }
}

extension RPCClientConfiguration {
    /// On a machine with much to do a connection takes long; the tests' own limits end a wait that
    /// is in vain.
    static var patient: RPCClientConfiguration {
        var configuration = RPCClientConfiguration()
        configuration.connectTimeout = .seconds(30)
        return configuration
    }
}
