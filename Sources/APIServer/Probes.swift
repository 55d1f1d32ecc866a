import HTTPTypes
package import Hummingbird
import HummingbirdCore
public import Logging
public import ServiceLifecycle
public import Telemetry

extension Router<Context> {
    /// What monitoring asks of any node.
    ///
    /// - Parameter readings: what a manager shows besides.
    func addProbes(
        metrics: PrometheusMetrics, answerLimit: Duration,
        readings: @escaping @Sendable () async -> [Reading] = { [] }
    ) {
        get("/healthz") { _, _ in Response.text(.ok, "ok\n") }
        get("/metrics") { _, context in
            var response = Response.text(.ok, metrics.render(await readings()))
            response.headers[.contentType] = PrometheusMetrics.contentType
            return response.within(answerLimit, on: context.channel)
        }
    }
}

/// Serves `/metrics` and `/healthz` and nothing else, for a node without an API.
public struct MetricsServer: Service {
    private let host: String
    private let port: Int
    private let metrics: PrometheusMetrics
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    /// A scraper or two come here; one more waits.
    private static let connectionsMaximum = 16

    /// - Parameter onListening: Told the bound port once connections are accepted.
    public init(
        host: String, port: Int, metrics: PrometheusMetrics = .system, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.metrics = metrics
        self.logger = logger
        self.onListening = onListening
    }

    /// - Throws: When the address can't be bound.
    public func run() async throws {
        try await application().run()
    }

    package func application() -> some ApplicationProtocol {
        let limits = Limits(connectionsMaximum: Self.connectionsMaximum)
        let router = Router(context: Context.self)
        router.addProbes(metrics: metrics, answerLimit: limits.answer)
        return Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: limits.idle.timeAmount)),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "muster",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.connectionsMaximum, logger: logger)),
            onServerRunning: { [onListening, port] channel in
                await onListening(channel.localAddress?.port ?? port)
            },
            logger: logger)
    }
}
