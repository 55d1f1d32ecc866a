import APIServer
import ArgumentParser
import Events
import Foundation
import Logging
import Manager
import ManagerCore
import Model
import ServiceLifecycle
import Telemetry
import UnixSignals

struct ManagerVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manager",
        abstract: "Runs a manager: the ECS API, the state, and the port for workers.",
        discussion: """
            Alone on this machine, with the state in ~/.muster/manager:

              $ muster manager

            For workers on other machines, which join with a token and prove who they are from \
            then on:

              $ muster manager --worker-listen 0.0.0.0:4567
              $ muster token create --cluster default

            For clients on other machines, which sign their requests:

              $ muster key create --data ~/.muster/manager
              $ muster manager --api-listen 0.0.0.0:4566

            From a file, whose settings are named like the flags:

              $ cat manager.yaml
              data: /var/lib/muster/manager
              worker-listen: 10.0.0.1:4567
              lease: 5s
              $ muster manager --config manager.yaml

            Flags win over environment variables (MUSTER_API_LISTEN and the like; \
            MUSTER_MANAGER_DATA for --data, MUSTER_MANAGER_CONFIG for --config), those over the \
            file. A manager that is stopped or killed and started again on the same data goes on \
            where it was; the containers never noticed.
            """
    )

    @Option(
        help: ArgumentHelp(
            "The folder that holds the state (default: ~/.muster/manager).", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Where the API listens (default: 127.0.0.1:4566). Port 0 takes a free one.",
            valueName: "host:port"))
    var apiListen: String?

    @Option(
        help: ArgumentHelp(
            "Where workers are listened for (default: 127.0.0.1:4567).", valueName: "host:port"))
    var workerListen: String?

    @Option(help: "The region of requests and workers that name none (default: us-east-1).")
    var region: String?

    @Option(
        help: ArgumentHelp(
            "The 12 digits in ARNs (default: 000000000000).", valueName: "digits"))
    var accountId: String?

    @Option(
        help: ArgumentHelp("How often workers report (default: 1s).", valueName: "time"))
    var heartbeat: String?

    @Option(
        help: ArgumentHelp(
            "After how long a silence a worker is lost and its tasks are replaced (default: 3s).",
            valueName: "time"))
    var lease: String?

    @Option(
        help: ArgumentHelp(
            "How long a task without health check must run to count as healthy (default: 2s).",
            valueName: "time"))
    var healthyAfter: String?

    @Flag(
        help: ArgumentHelp(
            "AWS's own quotas, page sizes, request rates and times hold, so that a client meets "
                + "here what it would meet there. See the README of Sources/ECSAPI."))
    var strictAws = false

    @Flag(
        help: ArgumentHelp(
            "Workers prove nothing and nothing is encrypted. The port for them has to be on "
                + "loopback then, unless --insecure is given."))
    var noTls = false

    @Option(
        help: ArgumentHelp(
            "How long a worker's certificate is good for; it is renewed when two thirds are over "
                + "(default: 24h).", valueName: "time"))
    var workerCertificateLife: String?

    @Option(
        help: ArgumentHelp(
            "How many of the newest changes `muster history` and --as-of can look back on "
                + "(default: 200000).", valueName: "n"))
    var historyRecords: String?

    @Option(
        help: ArgumentHelp(
            "For how long changes are kept for them, within that number (default: 7d).",
            valueName: "time"))
    var historyAge: String?

    @Option(
        help: ArgumentHelp(
            "Where events are posted to as they happen (http or https): JSON arrays of at most 100 "
                + "events in EventBridge's form, each again until it is answered with 2xx.",
            valueName: "url"))
    var eventsWebhook: String?

    @Option(help: ArgumentHelp("A YAML file of these settings.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "What is logged, to standard error: trace, debug, info, notice, warning, error or "
                + "critical (default: info).", valueName: "level"))
    var logLevel: String?

    @Flag(
        help: ArgumentHelp(
            "Allows to listen on addresses that other machines reach where nothing is checked: "
                + "the API without any access key, and the port for workers with --no-tls."))
    var insecure = false

    @Flag(
        help: ArgumentHelp(
            "Lets POST /_muster/reset forget everything: for test suites alone."))
    var enableTestReset = false

    private func layers(_ environment: [String: String]) throws(Failure) -> Layers {
        typealias Keys = ManagerPlan.Keys
        var layers = Layers(
            flags: [
                Keys.data: data, Keys.api: apiListen, Keys.workers: workerListen,
                Keys.region: region, Keys.account: accountId, Keys.heartbeat: heartbeat,
                Keys.lease: lease, Keys.healthyAfter: healthyAfter, Keys.logLevel: logLevel,
                Keys.strictAWS: strictAws ? "true" : nil,
                Keys.insecure: insecure ? "true" : nil, Keys.noTLS: noTls ? "true" : nil,
                Keys.certificateLife: workerCertificateLife,
                Keys.historyRecords: historyRecords, Keys.historyAge: historyAge,
                Keys.webhook: eventsWebhook, Keys.config: config,
                Keys.testReset: enableTestReset ? "true" : nil,
            ], environment: environment)
        try layers.readFile(named: Keys.config, keys: Keys.all)
        return layers
    }

    func run() async throws {
        // First: a metric that was made before counts nothing.
        let metrics = PrometheusMetrics.system
        let environment = ProcessInfo.processInfo.environment
        let plan = try ManagerPlan(
            try layers(environment), home: Home(flag: nil, environment: environment))
        let claim = try NodeFolder(path: plan.data).claim()
        let logger = Log.make("muster.manager", plan.logLevel)
        let node = try await start(plan, logger)
        let events = EventHub(account: plan.account, source: node, past: node.past)
        let api = APIServer(
            configuration: .init(
                host: plan.api.host, port: plan.api.port, account: plan.account,
                defaultRegion: plan.region, settings: settings(plan), isStrict: plan.isStrict),
            controlPlane: node, tokens: node, keys: node, commands: node, logs: node,
            past: node.past, events: events, metrics: metrics, logger: logger
        ) { port in
            announce(
                claim, plan, api: Address(host: plan.api.host, port: port),
                workers: Address(host: plan.workers.host, port: node.workerPort), logger)
        }
        let group = ServiceGroup(
            // The last one ends first: events go out as long as there are any.
            services: [node] + (try webhook(plan, events, logger))
                + [ReportingAddress(api, plan.api, option: "--api-listen")],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        do {
            try await group.run()
        } catch let error as ManagerError {
            throw Failure(error)
        }
        withExtendedLifetime(claim) {}
    }

    private func webhook(
        _ plan: ManagerPlan, _ events: EventHub, _ logger: Logger
    ) throws -> [any ServiceLifecycle.Service] {
        guard let target = plan.webhook else { return [] }
        let configuration = Webhook.Configuration(
            target: target, placeFile: plan.data + "/events-webhook.json")
        do {
            return [try Webhook(configuration, hub: events, logger: logger)]
        } catch {
            throw Failure(
                .unavailable,
                "The certificates of this machine can't be read, which --events-webhook needs for "
                    + "https: \(error)")
        }
    }

    private func settings(_ plan: ManagerPlan) -> ManagerSettings {
        var settings = ManagerSettings()
        settings.account = plan.account
        settings.region = plan.region
        settings.heartbeat = HeartbeatSettings(
            period: plan.heartbeat.milliseconds, lease: plan.lease.milliseconds)
        if plan.isStrict { settings.makeStrict() }
        if let healthyAfter = plan.healthyAfter { settings.healthyAfter = healthyAfter }
        settings.workerCertificateLife = plan.certificateLife
        settings.allowsReset = plan.allowsReset
        return settings
    }

    private func start(_ plan: ManagerPlan, _ logger: Logger) async throws -> ManagerNode {
        var configuration = ManagerConfiguration(dataFolder: plan.data)
        configuration.workerHost = plan.workers.host
        configuration.workerPort = plan.workers.port
        configuration.settings = settings(plan)
        configuration.historyRecords = plan.historyRecords
        configuration.historyAge = plan.historyAge
        configuration.security = plan.tls ? .mutualTLS : .plaintext
        configuration.demandsAccessKey = plan.demandsAccessKey
        do {
            return try await ManagerNode.start(configuration, logger: logger)
        } catch .noAccessKey {
            throw plan.noAccessKey
        } catch {
            throw Failure(error)
        }
    }

    /// Tells who looks into the data folder, `muster up` above all, that this manager is there.
    private func announce(
        _ claim: NodeFolder.Claim, _ plan: ManagerPlan, api: Address, workers: Address,
        _ logger: Logger
    ) {
        logger.notice(
            "manager is ready",
            metadata: ["api": "http://\(api)", "workers": "\(workers)", "data": "\(plan.data)"])
        do {
            try claim.publish(
                NodeFolder.Card(
                    pid: getpid(), name: "manager", api: api.reachable.description,
                    workers: workers.reachable.description,
                    command: [Spawn.program()] + CommandLine.arguments.dropFirst()))
        } catch {
            logger.error("\(error)")
        }
    }
}
