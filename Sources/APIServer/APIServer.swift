public import ClusterState
public import ECSAPI
public import Events
package import Hummingbird
import HummingbirdCore
public import Logging
public import ManagerCore
import NIOCore
public import ServiceLifecycle
package import Signing
public import Telemetry

/// Serves AWS's protocols over HTTP/1.1: the ECS API, the corner of STS that tools ask for, and
/// Muster's own endpoints.
///
/// `run()` returns after a graceful shutdown: it stops accepting, lets the requests under way have
/// their answers, and closes the connections.
public struct APIServer: Service {
    public struct Configuration: Sendable {
        /// Where to listen. Port 0 takes a free one.
        public var host: String
        public var port: Int
        /// The 12 digits that ARNs carry.
        public var account: String
        /// The region of a request that is not signed.
        public var defaultRegion: String
        public var limits: Limits
        /// What the manager decides by: for what explains and foretells its decisions.
        public var settings: ManagerSettings
        /// The civil time that signatures are held against.
        package var now: @Sendable () -> SignedTime = { .now }
        /// Whether AWS's page sizes and rates of requests hold (ECSAPI's README, "Strict mode").
        public var isStrict: Bool

        public init(
            host: String = "127.0.0.1", port: Int = 4566, account: String = "000000000000",
            defaultRegion: String = "us-east-1", limits: Limits = Limits(),
            settings: ManagerSettings = ManagerSettings(), isStrict: Bool = false
        ) {
            self.host = host
            self.port = port
            self.account = account
            self.defaultRegion = defaultRegion
            self.limits = limits
            self.settings = settings
            self.isStrict = isStrict
        }
    }

    private let configuration: Configuration
    private let endpoints: Endpoints
    private let events: EventHub?
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - tokens: What makes join tokens, if anything does.
    ///   - keys: What makes access keys and knows their secrets, if anything does.
    ///   - commands: What runs commands in containers, if anything does.
    ///   - logs: What reads the output of containers, if anything does.
    ///   - past: What knows the changes of before, if they are kept.
    ///   - events: What `GET /_muster/events` streams, if anything; it is closed with the server.
    ///   - metrics: What `GET /metrics` shows.
    ///   - onListening: Told the bound port once connections are accepted.
    public init(
        configuration: Configuration = Configuration(), controlPlane: some ControlPlane,
        tokens: (any JoinTokenMaker)? = nil, keys: (any AccessKeyKeeper)? = nil,
        commands: (any CommandRunner)? = nil, logs: (any LogReader)? = nil,
        past: (any Past)? = nil, events: EventHub? = nil, metrics: PrometheusMetrics = .system,
        logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.endpoints = Endpoints(
            configuration: configuration, controlPlane: controlPlane,
            keepers: (tokens, keys), workers: (commands, logs), past: past, events: events,
            metrics: metrics)
        self.events = events
        self.logger = logger
        self.onListening = onListening
    }

    /// - Throws: When the address can't be bound.
    public func run() async throws {
        // Streams don't end by themselves, and the server waits for answers under way.
        try await withGracefulShutdownHandler {
            try await application().run()
        } onGracefulShutdown: { [events, endpoints] in
            events?.close()
            endpoints.execs.close()
            endpoints.logs.close()
        }
    }

    package func application() -> some ApplicationProtocol {
        Application(
            router: endpoints.router(),
            server: HTTPServerBuilder { [configuration] responder in
                ConnectionsOnLoops(
                    http: HTTP1Channel(
                        responder: responder,
                        configuration: .init(idleTimeout: configuration.limits.idle.timeAmount)))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "muster",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.limits.connectionsMaximum, logger: logger)),
            onServerRunning: { [onListening, configuration] channel in
                await onListening(channel.localAddress?.port ?? configuration.port)
            },
            logger: Logger(label: logger.label) { _ in RequestLog(logger) })
    }
}

extension Duration {
    var timeAmount: TimeAmount {
        .nanoseconds(components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
    }
}
