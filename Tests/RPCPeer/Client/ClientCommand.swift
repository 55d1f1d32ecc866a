import ArgumentParser
import Logging
import NIOPosix
import NIOSSL
import RPC

/// Tries cases with a server, each on a connection of its own, and says a line for each:
/// `NAME: ok` or `NAME: FAILED: why`. Exits 1 when one failed.
struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Tries cases with any server of gRPC's test service.")

    @Option(help: "The server's host.")
    var host = "127.0.0.1"
    @Option(help: "The server's port.")
    var port = 0
    @Option(help: "The server's Unix socket, instead of host and port.")
    var unix: String?
    @Option(help: "The authority of the server's certificate, PEM; with it the client speaks TLS.")
    var ca: String?
    @Option(help: "The name that the server's certificate must have.")
    var serverName: String?
    @Option(help: "The client's certificate, PEM.")
    var cert: String?
    @Option(help: "The certificate's key, PEM.")
    var key: String?
    @Flag(help: "The server can tell whether a message was compressed.")
    var probesCompression = false
    @Flag(help: "Only names the cases.")
    var list = false
    @Argument(help: "The names of cases.")
    var cases: [String] = []

    func run() async throws {
        if list { return Case.all.forEach { say($0.name) } }
        let wanted = try cases.map { name in
            guard let found = Case.all.first(where: { $0.name == name }) else {
                throw ValidationError("there is no case \(name)")
            }
            return found
        }
        var failed = false
        for one in wanted {
            do {
                let connection = try await connect(.init())
                try await one.run(
                    Trial(
                        connection: connection, connect: connect,
                        probesCompression: probesCompression))
                await connection.close()
                say("\(one.name): ok")
            } catch {
                failed = true
                say("\(one.name): FAILED: \(error)")
            }
        }
        if failed { throw ExitCode(1) }
    }

    private var connect:
        @Sendable (RPCClientConfiguration) async throws(RPCError) -> RPCClientConnection
    {
        get throws {
            let target = unix.map { RPCTarget.unix(path: $0) } ?? .tcp(host: host, port: port)
            let tls = try tls()
            return { (configuration) async throws(RPCError) in
                try await RPCClientConnection.connect(
                    to: target, tls: tls, group: MultiThreadedEventLoopGroup.singleton,
                    configuration: configuration, logger: Logger(label: "rpc-peer"))
            }
        }
    }

    private func tls() throws -> RPCClientTLS? {
        guard let ca else { return nil }
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv13
        settings.applicationProtocols = ["h2"]
        settings.trustRoots = .file(ca)
        if let cert, let key {
            settings.certificateChain = try NIOSSLCertificate.fromPEMFile(cert)
                .map { .certificate($0) }
            settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        }
        return RPCClientTLS(
            context: try NIOSSLContext(configuration: settings), serverName: serverName ?? host)
    }
}
