import CAttackTarget
import Glibc
import Logging
import NIOCore
import NIOPosix
import RPC
import Telemetry

/// A server to be attacked, in a process of its own whose memory can be watched. It tells where it
/// listens, then answers each line on standard input with its metrics and a line `end`, until
/// standard input ends.
@main
struct Target {
    static func main() async throws {
        // First: a metric that was made before counts nothing.
        let metrics = PrometheusMetrics.system
        // One loop, which attacked and honest connections share.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let logger = Logger(label: "attack-target") { _ in SwiftLogNoOpLogHandler() }
        let plain = RPCServer(
            group: group, methods: methods, configuration: configuration, logger: logger)
        let address = try await plain.start(host: "127.0.0.1", port: 0)
        let secret = try Secret.server()
        let secure = RPCServer(
            group: group, methods: methods, configuration: configuration,
            tls: RPCServerTLS(context: { secret }), logger: logger)
        let secureAddress = try await secure.start(host: "127.0.0.1", port: 0)
        say("ports \(address.port ?? 0) \(secureAddress.port ?? 0)")
        while readLine() != nil {
            // What is resident is then what is in use.
            target_trim()
            say(metrics.render() + "end")
        }
    }

    /// The bounds in time and number are small, so that they are reached in a test.
    private static var configuration: RPCServerConfiguration {
        var configuration = RPCServerConfiguration()
        configuration.connectionMaximum = 100
        configuration.handshakeTimeout = .seconds(1)
        configuration.silenceMaximum = .seconds(1)
        return configuration
    }

    private static func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
