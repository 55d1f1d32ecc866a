import Logging
import Model
import Runtimes
import Worker

/// All that `muster worker` can be told, settled.
struct WorkerPlan: Equatable, Sendable {
    var data: String
    var managers: [Address]
    var security: WorkerConfiguration.Security
    var cluster: String
    var name: String
    /// Empty means the manager's.
    var region: String
    var resources: Resources
    var attributes: [Attribute]
    var runtime: RuntimeChoice
    /// When images are fetched; only the runtime containerd has any.
    var pulls: ImagePullBehavior
    /// A file with the logins of image registries.
    var registryLogins: String?
    /// Where the environment files and the secrets of containers come from.
    var sources: EnvironmentSources
    /// A file that says which command stands for an image.
    var imageMap: String?
    /// How long a container without a `stopTimeout` of its own may take from the stop signal to
    /// SIGKILL.
    var stopTimeout: Duration
    /// Whether the worker stops its tasks when it is stopped, or leaves them running.
    var stopsTasks: Bool
    /// How long stopping the tasks may take.
    var stopWithin: Duration
    /// Where metrics are served, if anywhere.
    var metrics: Address?
    /// How often is measured what containers use.
    var usagePeriod: Duration
    /// Whether containers are served ECS's task metadata endpoint.
    var servesMetadata: Bool
    var logLevel: Logger.Level
}

/// What this machine is called, and what it offers unless told otherwise.
struct Machine: Equatable, Sendable {
    var name: String
    var resources: Resources
}

extension WorkerPlan {
    enum Keys {
        static let data = Key("data", "MUSTER_WORKER_DATA", "ECS_DATADIR")
        static let manager = Key("manager", "MUSTER_MANAGER")
        static let cluster = Key("cluster", "MUSTER_CLUSTER", "ECS_CLUSTER")
        static let name = Key("name", "MUSTER_NAME")
        static let region = Key("region", "MUSTER_REGION")
        static let runtime = Key("runtime", "MUSTER_RUNTIME")
        static let cpu = Key("cpu", "MUSTER_CPU")
        static let memory = Key("memory", "MUSTER_MEMORY")
        static let gpus = Key("gpus", "MUSTER_GPUS")
        static let reservedMemory = Key(
            "reserved-memory", "MUSTER_RESERVED_MEMORY", "ECS_RESERVED_MEMORY")
        static let reservedPorts = Key(
            "reserved-ports", "MUSTER_RESERVED_PORTS", "ECS_RESERVED_PORTS")
        static let reservedUDPPorts = Key(
            "reserved-udp-ports", "MUSTER_RESERVED_UDP_PORTS", "ECS_RESERVED_PORTS_UDP")
        static let attributes = Key(
            "attributes", "MUSTER_ATTRIBUTES", "ECS_INSTANCE_ATTRIBUTES")
        static let group = Key("group", "MUSTER_GROUP")
        static let imageMap = Key("image-map", "MUSTER_IMAGE_MAP")
        static let pulls = Key(
            "image-pull-behavior", "MUSTER_IMAGE_PULL_BEHAVIOR", "ECS_IMAGE_PULL_BEHAVIOR")
        static let registryLogins = Key("registry-logins", "MUSTER_REGISTRY_LOGINS")
        static let environmentFiles = Key("environment-files", "MUSTER_ENVIRONMENT_FILES")
        static let secretsFrom = Key("secrets-from", "MUSTER_SECRETS_FROM")
        static let stopTimeout = Key(
            "stop-timeout", "MUSTER_STOP_TIMEOUT", "ECS_CONTAINER_STOP_TIMEOUT")
        static let stopsTasks = Key("stop-tasks", "MUSTER_STOP_TASKS")
        static let stopWithin = Key("stop-within", "MUSTER_STOP_WITHIN")
        static let metrics = Key("metrics-listen", "MUSTER_METRICS_LISTEN")
        static let usagePeriod = Key("usage-period", "MUSTER_USAGE_PERIOD")
        static let noMetadata = Key("no-metadata", "MUSTER_NO_METADATA")
        static let token = Key("token", "MUSTER_JOIN_TOKEN")
        static let tokenFile = Key("token-file", "MUSTER_JOIN_TOKEN_FILE")
        static let noTLS = Key("no-tls", "MUSTER_NO_TLS")
        /// Not in `all`: a file names no other.
        static let config = Key("config", "MUSTER_WORKER_CONFIG")
        static let logLevel = Key("log-level", "MUSTER_LOG_LEVEL")

        static let all = [
            data, manager, cluster, name, region, runtime, cpu, memory, gpus,
            reservedMemory, reservedPorts, reservedUDPPorts, attributes, group, imageMap,
            pulls, registryLogins, environmentFiles, secretsFrom, stopTimeout, stopsTasks,
            stopWithin, metrics, usagePeriod, noMetadata, token, tokenFile, noTLS, logLevel,
        ]
    }

    init(_ layers: Layers, home: Home, machine: Machine) throws(Failure) {
        name = try layers.value(Keys.name, Parse.name) ?? machine.name
        data = Home.absolute(try layers.value(Keys.data, Parse.text) ?? home.worker(name))
        managers =
            try layers.value(Keys.manager, Parse.addresses)
            ?? [Address(host: "127.0.0.1", port: 4_567)]
        security =
            try layers.value(Keys.noTLS, Parse.flag) == true
            ? .plaintext : .mutualTLS(try Self.token(layers))
        cluster = try layers.value(Keys.cluster, Parse.name) ?? "default"
        region = try layers.value(Keys.region, Parse.region) ?? ""
        resources = try Self.resources(layers, machine)
        attributes = try layers.value(Keys.attributes, Parse.attributes) ?? []
        if let group = try layers.value(Keys.group, Parse.group) { attributes.append(group) }
        imageMap = try layers.value(Keys.imageMap, Parse.text)
        stopTimeout =
            try layers.value(Keys.stopTimeout, Parse.duration(.seconds(1) ... .seconds(3_600)))
            ?? .seconds(30)
        stopsTasks = try layers.value(Keys.stopsTasks, Parse.flag) ?? false
        stopWithin =
            try layers.value(Keys.stopWithin, Parse.duration(.zero ... .seconds(3_600)))
            ?? .seconds(40)
        metrics = try layers.value(Keys.metrics, Parse.address)
        if let metrics, !metrics.isLoopback {
            throw Failure(
                .usage,
                "\(Keys.metrics.name) \(metrics) is open to other machines, and nothing on it is "
                    + "encrypted or checked. Listen on 127.0.0.1; a proxy of yours may show it.")
        }
        usagePeriod =
            try layers.value(Keys.usagePeriod, Parse.duration(.seconds(1) ... .seconds(30)))
            ?? .seconds(10)
        servesMetadata = try layers.value(Keys.noMetadata, Parse.flag) != true
        logLevel = try layers.value(Keys.logLevel, Parse.logLevel) ?? .info
        runtime =
            try layers.value(Keys.runtime) { raw throws(Complaint) in
                try RuntimeChoice(try Parse.text(raw))
            } ?? .process
        pulls =
            try layers.value(Keys.pulls) { raw throws(Complaint) in
                let text = try Parse.text(raw)
                guard let pulls = ImagePullBehavior(rawValue: text) else {
                    throw Complaint(
                        "there is no such behavior. There are: default, always, once, "
                            + "prefer-cached.")
                }
                return pulls
            } ?? .default
        registryLogins = try layers.value(Keys.registryLogins, Parse.text).map(Home.absolute)
        sources = EnvironmentSources(
            files: try layers.value(Keys.environmentFiles, Parse.text).map(Home.absolute),
            secrets: try layers.value(Keys.secretsFrom, Parse.secrets))
        try checkRuntime()
    }

    /// The token, or the file that it is in, from whichever place comes first: a file named by a
    /// flag counts before a token in the environment.
    private static func token(
        _ layers: Layers
    ) throws(Failure) -> WorkerConfiguration.JoinToken? {
        let places = [
            Layers(flags: layers.flags), Layers(environment: layers.environment),
            Layers(file: layers.file),
        ]
        for place in places {
            if let text = try place.value(Keys.token, Parse.text) { return .text(text) }
            if let path = try place.value(Keys.tokenFile, Parse.text) {
                return .file(Home.absolute(path))
            }
        }
        return nil
    }

    private static func resources(
        _ layers: Layers, _ machine: Machine
    ) throws(Failure) -> Resources {
        let bound = 1 << 30
        let reserved = try layers.value(Keys.reservedMemory, Parse.number(0...bound)) ?? 0
        let whole = machine.resources
        return Resources(
            cpu: try layers.value(Keys.cpu, Parse.number(1...bound)) ?? whole.cpu,
            memory: try layers.value(Keys.memory, Parse.number(1...bound))
                ?? max(1, whole.memory - reserved),
            tcpPorts: try layers.value(Keys.reservedPorts, Parse.ports) ?? whole.tcpPorts,
            udpPorts: try layers.value(Keys.reservedUDPPorts, Parse.ports) ?? whole.udpPorts,
            gpus: try layers.value(Keys.gpus, Parse.number(0...1_024)) ?? whole.gpus)
    }
}
