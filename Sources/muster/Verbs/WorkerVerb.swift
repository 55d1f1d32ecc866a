import APIServer
import ArgumentParser
import Foundation
import Logging
import Runtimes
import ServiceLifecycle
import Telemetry
import UnixSignals
import Worker

struct WorkerVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Runs a worker: the agent that runs a cluster's containers on this machine.",
        discussion: """
            Joins the cluster `default` of the manager on this machine:

              $ muster token create --cluster default > token
              $ muster worker --name web-1 --token-file token

            On another machine, with facts that placement can ask for:

              $ muster worker --manager 10.0.0.1:4567 --cluster production --token-file token \\
                  --attributes rack=a1,disk=ssd --cpu 4096 --memory 8192

            With the token (or MUSTER_JOIN_TOKEN) the worker gets a certificate, kept in its data \
            folder, which it renews by itself: the token is needed once, and again only if the \
            worker was away for longer than the certificate lasts.

            From a file, whose settings are named like the flags:

              $ cat worker.yaml
              manager: [10.0.0.1:4567]
              cluster: production
              attributes: {rack: a1, disk: ssd}
              $ muster worker --config worker.yaml

            Flags win over environment variables, those over the file. Beside MUSTER_CLUSTER and \
            the like (MUSTER_WORKER_DATA for --data, MUSTER_WORKER_CONFIG for --config) the names \
            of ECS's own agent are understood: ECS_CLUSTER, ECS_INSTANCE_ATTRIBUTES (a JSON \
            object), ECS_RESERVED_MEMORY, ECS_RESERVED_PORTS, ECS_RESERVED_PORTS_UDP, \
            ECS_CONTAINER_STOP_TIMEOUT and ECS_DATADIR.

            A worker that is stopped, or dies, leaves its containers running; started again on the \
            same data it finds them and reports how they fared. With --stop-tasks it stops them \
            first; `muster worker drain` moves them to others.
            """,
        subcommands: [WorkerDrainVerb.self]
    )

    @Option(
        help: ArgumentHelp(
            "Where managers listen for workers (default: 127.0.0.1:4567). Repeat it, or list "
                + "several with commas; they are tried in turn.", valueName: "host:port"))
    var manager: [String] = []

    @Option(
        help: "The cluster to join (default: default). Any other must have been created before.")
    var cluster: String?

    @Option(help: "Unique among the cluster's workers (default: this machine's name).")
    var name: String?

    @Option(help: "The region of the cluster (default: the manager's).")
    var region: String?

    @Option(
        help: ArgumentHelp(
            "What runs containers: process (the default), host processes; or containerd, real "
                + "images, by this machine's containerd; containerd://SOCKET names its socket.",
            valueName: "runtime"))
    var runtime: String?

    @Option(
        help: ArgumentHelp(
            "CPU units to offer, 1024 a core (default: all of this machine).", valueName: "units"))
    var cpu: String?

    @Option(
        help: ArgumentHelp(
            "Memory to offer (default: all of this machine less --reserved-memory).",
            valueName: "mib"))
    var memory: String?

    @Option(
        help: ArgumentHelp(
            "GPUs to offer (default: 0). They are counted; the runtime process lets each "
                + "container see all of them.", valueName: "number"))
    var gpus: String?

    @Option(help: ArgumentHelp("Memory to keep back (default: 0).", valueName: "mib"))
    var reservedMemory: String?

    @Option(
        help: ArgumentHelp(
            "TCP ports that no task may have (default: 22,2375,2376,51678,51679).",
            valueName: "ports"))
    var reservedPorts: String?

    @Option(help: ArgumentHelp("UDP ports that no task may have.", valueName: "ports"))
    var reservedUdpPorts: String?

    @Option(
        help: ArgumentHelp(
            "Facts about this machine, as rack=a1,ssd or as a JSON object.", valueName: "k=v,…"))
    var attributes: String?

    @Option(
        help: ArgumentHelp(
            "The group of workers that this one is of (default: none): what a capacity provider "
                + "is made over.", valueName: "name"))
    var group: String?

    @Option(
        help: ArgumentHelp(
            "The worker's folder (default: ~/.muster/workers/NAME).", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "A YAML file with lines like `busybox: [busybox]`: the command that stands for an "
                + "image whose containers have no command.", valueName: "file"))
    var imageMap: String?

    @Option(
        help: ArgumentHelp(
            "When containerd fetches an image: default (at each start, and if that fails what is "
                + "there is used), always, once or prefer-cached.", valueName: "behavior"))
    var imagePullBehavior: String?

    @Option(
        help: ArgumentHelp(
            "A JSON file with the logins of image registries, as docker login writes it.",
            valueName: "file"))
    var registryLogins: String?

    @Option(
        help: ArgumentHelp(
            "The folder of environmentFiles: arn:aws:s3:::BUCKET/KEY is BUCKET/KEY in it "
                + "(default: none; definitions with such files are not placed here).",
            valueName: "dir"))
    var environmentFiles: String?

    @Option(
        help: ArgumentHelp(
            "Where the values of secrets come from: file:DIR, a folder with a file for each; or "
                + "command:PROGRAM, which gets an ARN or name as its argument and writes the "
                + "value (default: nowhere; definitions with secrets are not placed here).",
            valueName: "provider"))
    var secretsFrom: String?

    @Option(
        help: ArgumentHelp(
            "From the stop signal to SIGKILL, for containers that do not say (default: 30s).",
            valueName: "time"))
    var stopTimeout: String?

    @Flag(help: "When the worker is stopped, its tasks are stopped first.")
    var stopTasks = false

    @Option(
        help: ArgumentHelp(
            "How long --stop-tasks may take (default: 40s).", valueName: "time"))
    var stopWithin: String?

    @Option(
        help: ArgumentHelp(
            "The join token. Others on this machine can see it on the command line: --token-file "
                + "and MUSTER_JOIN_TOKEN are better.", valueName: "token"))
    var token: String?

    @Option(
        help: ArgumentHelp(
            "The file with the join token; read whenever the worker has to join.",
            valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Nothing is encrypted and the worker proves nothing: for a manager with --no-tls.")
    var noTls = false

    @Option(
        help: ArgumentHelp(
            "Where /metrics (Prometheus) and /healthz are served, on loopback (default: nowhere).",
            valueName: "host:port"))
    var metricsListen: String?

    @Option(
        help: ArgumentHelp(
            "How often is measured what containers use, 1s to 30s (default: 10s).",
            valueName: "time"))
    var usagePeriod: String?

    @Flag(
        help: ArgumentHelp(
            "Containers get no ECS_CONTAINER_METADATA_URI_V4 and no ECS_AGENT_URI: the task "
                + "metadata endpoint is not served."))
    var noMetadata = false

    /// What `muster up` says to a worker that is to be on a simulated host.
    @Option(help: ArgumentHelp("The number of its simulated host.", visibility: .hidden))
    var simulatedHost: Int?

    @Option(help: ArgumentHelp("A YAML file of these settings.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "What is logged, to standard error (default: info).", valueName: "level"))
    var logLevel: String?

    private func layers(_ environment: [String: String]) throws(Failure) -> Layers {
        typealias Keys = WorkerPlan.Keys
        var layers = Layers(
            flags: [
                Keys.manager: manager.isEmpty ? nil : manager.joined(separator: ","),
                Keys.cluster: cluster, Keys.name: name, Keys.region: region,
                Keys.runtime: runtime, Keys.cpu: cpu, Keys.memory: memory, Keys.gpus: gpus,
                Keys.reservedMemory: reservedMemory, Keys.reservedPorts: reservedPorts,
                Keys.reservedUDPPorts: reservedUdpPorts, Keys.attributes: attributes,
                Keys.group: group, Keys.pulls: imagePullBehavior,
                Keys.registryLogins: registryLogins, Keys.environmentFiles: environmentFiles,
                Keys.secretsFrom: secretsFrom,
                Keys.data: data, Keys.imageMap: imageMap, Keys.stopTimeout: stopTimeout,
                Keys.stopsTasks: stopTasks ? "true" : nil, Keys.stopWithin: stopWithin,
                Keys.metrics: metricsListen, Keys.usagePeriod: usagePeriod,
                Keys.noMetadata: noMetadata ? "true" : nil, Keys.token: token,
                Keys.tokenFile: tokenFile,
                Keys.noTLS: noTls ? "true" : nil, Keys.logLevel: logLevel,
                Keys.config: config,
            ], environment: environment)
        try layers.readFile(named: Keys.config, keys: Keys.all)
        return layers
    }

    func run() async throws {
        // First: a metric that was made before counts nothing.
        let metrics = PrometheusMetrics.system
        let environment = ProcessInfo.processInfo.environment
        let plan = try WorkerPlan(
            try layers(environment), home: Home(flag: nil, environment: environment),
            machine: .here())
        if let simulatedHost {
            try SimulatedHost(worker: plan.data, number: simulatedHost).enter(
                [Spawn.program()] + Self.withoutHost(CommandLine.arguments.dropFirst()))
        }
        let images =
            try plan.imageMap.map { path throws(Failure) in try ImageMap.read(path) } ?? [:]
        let claim = try NodeFolder(path: plan.data).claim()
        let logger = Log.make("muster.worker", plan.logLevel)
        let agent = WorkerAgent(
            configuration: .init(plan), runtime: try await Self.runtime(plan, images, logger),
            logger: logger)
        try claim.publish(
            NodeFolder.Card(
                pid: getpid(), name: plan.name,
                command: [Spawn.program()]
                    + Shell.withoutSecrets(CommandLine.arguments.dropFirst())))
        do {
            try await ServiceGroup(
                services: [agent] + Self.metricsServer(plan, metrics, logger),
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
            ).run()
        } catch let error as WorkerError {
            throw Failure(error)
        }
        withExtendedLifetime(claim) {}
    }

    private static func runtime(
        _ plan: WorkerPlan, _ images: [String: [String]], _ logger: Logger
    ) async throws(Failure) -> any ContainerRuntime {
        let openFiles = OpenFiles.raise()
        do throws(RuntimeError) {
            switch plan.runtime {
            case .process:
                return try ProcessRuntime(
                    .init(
                        dataFolder: plan.data, imageMap: images, openFiles: openFiles,
                        sources: plan.sources),
                    logger: logger)
            case .containerd(let socket):
                return try await ContainerdRuntime(
                    .init(
                        socket: socket, dataFolder: plan.data, pulls: plan.pulls,
                        logins: plan.registryLogins, sources: plan.sources), logger: logger)
            }
        } catch {
            throw Failure(
                .cannotCreate, "The worker's runtime can't start: \(error.reason)")
        }
    }

    /// The same worker, once it is on its host.
    private static func withoutHost(_ words: some Sequence<String>) -> [String] {
        var kept = Array(words)
        if let index = kept.firstIndex(of: "--simulated-host") {
            kept.removeSubrange(index..<min(index + 2, kept.count))
        }
        return kept
    }

    private static func metricsServer(
        _ plan: WorkerPlan, _ metrics: PrometheusMetrics, _ logger: Logger
    ) -> [any ServiceLifecycle.Service] {
        guard let address = plan.metrics else { return [] }
        let server = MetricsServer(
            host: address.host, port: address.port, metrics: metrics, logger: logger
        ) { port in
            logger.notice(
                "metrics are served",
                metadata: ["at": "http://\(Address(host: address.host, port: port))/metrics"])
        }
        return [ReportingAddress(server, address, option: "--metrics-listen")]
    }
}

extension WorkerConfiguration {
    init(_ plan: WorkerPlan) {
        self.init(
            name: plan.name, managers: plan.managers.map(\.description), dataFolder: plan.data,
            cluster: plan.cluster, region: plan.region, resources: plan.resources,
            attributes: plan.attributes, agentVersion: Muster.version)
        security = plan.security
        stopTimeout = Int(plan.stopTimeout.components.seconds)
        stopTasksOnShutdown = plan.stopsTasks
        shutdownLimit = plan.stopWithin
        usagePeriod = plan.usagePeriod
        servesMetadata = plan.servesMetadata
    }
}

extension Failure {
    init(_ error: WorkerError) {
        let code: Code =
            switch error.code {
            case .configuration: .usage
            case .folderInUse: .busy
            case .folderUnusable: .cannotCreate
            case .runtime: .io
            }
        self.init(code, error.message)
    }
}
