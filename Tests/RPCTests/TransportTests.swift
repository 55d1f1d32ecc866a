import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import RPC
import Testing

@Suite("Ways to reach a server", .timeLimit(.minutes(1)))
struct TransportTests {
    private func answers(_ connection: RPCClientConnection) async throws -> Bool {
        try await connection.unary("/test.T/Echo", [1, 2], timeout: .seconds(30)) == [1, 2]
    }

    @Test("A Unix socket, also where a dead server left one")
    func unixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/rpc-\(UUID().uuidString).sock"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<2 {
            try await TestServer.with(unixSocket: path) { test in
                let connection = try await RPCClientConnection.connect(
                    to: .unix(path: path), group: group, configuration: .patient,
                    logger: logger)
                #expect(try await answers(connection))
            }
        }
    }

    @Test("IPv6")
    func ipv6() async throws {
        try await TestServer.with(host: "::1") { test in
            let connection = try await RPCClientConnection.connect(
                to: .tcp(host: "::1", port: test.port), group: group, configuration: .patient,
                logger: logger)
            #expect(try await answers(connection))
        }
    }

    @Test("TLS with both certificates: the handler knows who calls")
    func mutualTLS() async throws {
        let authority = try TestAuthority()
        let server = try authority.context("server.test", isServer: true)
        let tls = RPCServerTLS(context: { server }) { certificate in
            certificate.map { String(describing: $0).contains("worker.test") ? "worker" : "other" }
        }
        try await TestServer.with(tls: tls) { test in
            for (proves, known) in [(true, "worker"), (false, "nobody")] {
                let client = RPCClientTLS(
                    context: try authority.context(
                        "worker.test", isServer: false, proves: proves),
                    serverName: "server.test")
                let connection = try await RPCClientConnection.connect(
                    to: .tcp(host: "127.0.0.1", port: test.port), tls: client, group: group,
                    configuration: .patient, logger: logger)
                let who = try await connection.unary("/test.T/Who", [], timeout: .seconds(30))
                #expect(String(decoding: who, as: UTF8.self) == known)
            }
        }
    }

    @Test("A server of another authority or name is refused, and the reason says why")
    func wrongServer() async throws {
        let authority = try TestAuthority()
        let context = try authority.context("server.test", isServer: true)
        try await TestServer.with(tls: RPCServerTLS(context: { context })) { test in
            let others = [
                RPCClientTLS(
                    context: try TestAuthority().context("worker.test", isServer: false),
                    serverName: "server.test"),
                RPCClientTLS(
                    context: try authority.context("worker.test", isServer: false),
                    serverName: "manager.test"),
            ]
            for tls in others {
                let error = await #expect(throws: RPCError.self) {
                    try await RPCClientConnection.connect(
                        to: .tcp(host: "127.0.0.1", port: test.port), tls: tls, group: group,
                        configuration: .patient, logger: logger)
                }
                #expect(
                    error?.message.contains("certificate") == true, "\(String(describing: error))")
            }
        }
    }

    @Test("A client without TLS, and one that is not let in, get nowhere")
    func refused() async throws {
        let authority = try TestAuthority()
        let context = try authority.context("server.test", isServer: true)
        let tls = RPCServerTLS(context: { context }) { _ in
            throw RPCError(.permissionDenied, "revoked")
        }
        try await TestServer.with(tls: tls) { test in
            await #expect(throws: RPCError.self) { try await test.connect() }
            let client = RPCClientTLS(
                context: try authority.context("worker.test", isServer: false),
                serverName: "server.test")
            let connection = try? await RPCClientConnection.connect(
                to: .tcp(host: "127.0.0.1", port: test.port), tls: client, group: group,
                configuration: .patient, logger: logger)
            let error = await #expect(throws: RPCError.self) {
                _ = try await connection?.unary("/test.T/Echo", [], timeout: .seconds(30))
                if connection == nil { throw RPCError(.unavailable, "refused at once") }
            }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("Connections of one identity are closed, others stay")
    func closed() async throws {
        let authority = try TestAuthority()
        let context = try authority.context("server.test", isServer: true)
        let tls = RPCServerTLS(context: { context }) { $0.map { String(describing: $0) } }
        try await TestServer.with(tls: tls) { test in
            var connections: [RPCClientConnection] = []
            for name in ["a.test", "b.test"] {
                let client = RPCClientTLS(
                    context: try authority.context(name, isServer: false),
                    serverName: "server.test")
                connections.append(
                    try await RPCClientConnection.connect(
                        to: .tcp(host: "127.0.0.1", port: test.port), tls: client, group: group,
                        configuration: .patient, logger: logger))
            }
            let ended = group.next().makePromise(of: Void.self)
            connections[0].onClose { _ in ended.succeed() }
            test.server.closeConnections { $0?.contains("a.test") == true }
            try await ended.futureResult.get()
            #expect(try await answers(connections[1]))
        }
    }
}
