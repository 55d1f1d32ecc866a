import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import RPC

/// Muster's server of the transport benchmark.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the benchmark until its input ends (used by `bench transport`).",
        shouldDisplay: false)

    @Option(help: "Where to listen on 127.0.0.1; 0 takes a free port, which is printed.")
    var port = 0

    @Option(help: "Uses TLS, with a certificate of the authority in this folder, made if missing.")
    var authority: String?

    func run() async throws {
        // One thread, so that there is nothing to divide the work by.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let logger = Logger(label: "bench") { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        let service = BenchService()
        let server = RPCServer(
            group: group, methods: service.methods,
            tls: try authority.map { try BenchAuthority($0).serverTLS() }, logger: logger)
        let address = try await server.start(host: "127.0.0.1", port: port)
        print("listening \(address.port ?? 0)")
        fflush(nil)
        await endOfInput()
        await server.shutdown(limit: .zero)
        try await group.shutdownGracefully()
    }
}

/// Returns when standard input ends: whoever started this process has ended or wants it to.
func endOfInput() async {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            continuation.resume()
        }
    }
}
