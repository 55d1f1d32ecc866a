import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RPC
import RPCServices
import Wire

/// Serves gRPC's test service with health and reflection until SIGTERM, then drains.
///
/// Says on standard output where it listens.
struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "Serves gRPC's test service, health and reflection.")

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 0
    @Option(help: "A Unix socket to listen on instead.")
    var unix: String?
    @Option(help: "The server's certificate, PEM; with it the server speaks TLS 1.3.")
    var cert: String?
    @Option(help: "The certificate's key, PEM.")
    var key: String?
    @Option(help: "Clients need a certificate of this authority, PEM.")
    var clientCa: String?
    @Flag(help: "Answers are compressed wherever the client reads it.")
    var gzip = false
    @Option(help: "Bytes of a request's message.")
    var maxMessage = 4 << 20
    @Option(help: "Milliseconds of silence after which a client is pinged.")
    var keepaliveMs = 30_000
    @Option(help: "Milliseconds that a client without data waits at least between two pings.")
    var minPingMs = 10_000
    @Option(help: "Seconds that calls have to finish after SIGTERM.")
    var drain = 5

    func run() async throws {
        let health = Health()
        health.set(.serving, of: TestService.name)
        let files: [ProtoFile] = [
            .worker, .health, .testServices, .testMessages, .testEmpty, .testExtensions,
        ]
        let reflection = Reflection(
            files: files, services: ProtoFile.health.services + [TestService.name])
        let controls = Controls(health: health) { kill(getpid(), SIGTERM) }
        let service = TestService(controls: controls, compressesAll: gzip)
        let server = RPCServer(
            group: MultiThreadedEventLoopGroup.singleton,
            methods: service.methods + health.methods + reflection.methods,
            configuration: configuration, tls: try tls(), logger: Logger(label: "rpc-peer"))
        if let unix {
            try await server.start(unixSocket: unix)
            say("listening on unix:\(unix)")
        } else {
            let address = try await server.start(host: host, port: port)
            say("listening on \(address.port ?? 0)")
        }
        await Signals.term()
        health.shutDown()
        await server.shutdown(limit: .seconds(drain))
    }

    private var configuration: RPCServerConfiguration {
        var configuration = RPCServerConfiguration()
        configuration.requestMaximum = maxMessage
        // A hundred large calls at once are one of gRPC's cases.
        configuration.connectionRequestMaximum = 64 << 20
        configuration.connectionBufferMaximum = 64 << 20
        configuration.silenceMaximum = .milliseconds(keepaliveMs)
        configuration.pingIntervalMinimum = .milliseconds(minPingMs)
        return configuration
    }

    private func tls() throws -> RPCServerTLS? {
        guard let cert, let key else { return nil }
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(cert).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        settings.minimumTLSVersion = .tlsv13
        settings.applicationProtocols = ["h2"]
        if let clientCa {
            settings.trustRoots = .file(clientCa)
            settings.certificateVerification = .noHostnameVerification
        }
        let context = try NIOSSLContext(configuration: settings)
        return RPCServerTLS(context: { context })
    }
}

/// A line on standard output, at once.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

enum Signals {
    /// Waits for SIGTERM.
    static func term() async {
        signal(SIGTERM, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        await withCheckedContinuation { continuation in
            source.setEventHandler { continuation.resume() }
            source.resume()
        }
        source.cancel()
    }
}
