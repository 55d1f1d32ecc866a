import Logging
import NIOCore
import NIOPosix
import RPC

/// Runs a body with a connection to a server of some methods, both gone afterwards.
func withServer(
    _ methods: [RPCMethod], _ configuration: RPCServerConfiguration = .init(),
    _ body: (RPCClientConnection) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = RPCServer(
        group: group, methods: methods, configuration: configuration, logger: logger)
    let address = try await server.start(host: "127.0.0.1", port: 0)
    do {
        let connection = try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: address.port ?? 0), group: group, logger: logger)
        try await body(connection)
        await connection.close()
        await server.shutdown(limit: .zero)
    } catch {
        await server.shutdown(limit: .zero)
        throw error
    }
}
