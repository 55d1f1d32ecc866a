import Foundation
import Model
import Runtimes

/// What `muster up` runs, settled.
struct UpPlan: Sendable {
    let home: Home
    let cluster: String
    let workers: Int
    let stopWithin: Duration
    let tls: Bool
    /// Whether each worker is on a simulated host of its own, with a containerd.
    let usesHosts: Bool
    /// The manager's own.
    let region: String
    /// `nil` leaves it to the manager's environment or default.
    let apiListen: Address?
    private let workerListen: String?
    private let managerFlags: [String]
    private let workerFlags: [String]

    init(_ flags: UpVerb, environment: [String: String], machine: Machine) throws(Failure) {
        home = Home(flag: flags.data, environment: environment)
        workers = flags.workers
        let layers = Layers(
            flags: [
                WorkerPlan.Keys.cluster: flags.cluster, WorkerPlan.Keys.region: flags.region,
                WorkerPlan.Keys.attributes: flags.attributes, ManagerPlan.Keys.api: flags.apiListen,
                ManagerPlan.Keys.workers: flags.workerListen,
                WorkerPlan.Keys.stopWithin: flags.stopWithin,
                WorkerPlan.Keys.runtime: flags.runtime,
                WorkerPlan.Keys.environmentFiles: flags.environmentFiles,
                WorkerPlan.Keys.secretsFrom: flags.secretsFrom,
                ManagerPlan.Keys.noTLS: flags.noTls ? "true" : nil,
            ], environment: environment)
        // What the nodes would refuse is refused here, before anything starts.
        let manager = try ManagerPlan(layers, home: home)
        tls = manager.tls
        region = manager.region
        let worker = try WorkerPlan(layers, home: home, machine: machine)
        cluster = worker.cluster
        stopWithin = worker.stopWithin
        apiListen = try flags.apiListen.map { text throws(Failure) in
            try layers.value(ManagerPlan.Keys.api, Parse.address) ?? Address(host: text, port: 0)
        }
        let share = max(64, machine.resources.memory / flags.workers)
        usesHosts = try Self.usesHosts(worker.runtime)
        // Loopback is each host's own.
        workerListen = flags.workerListen ?? (usesHosts ? "\(SimulatedHost.gateway):4567" : nil)
        let noTLS = flags.noTls ? ["--no-tls"] : []
        let strict = flags.strictAws ? ["--strict-aws"] : []
        managerFlags =
            Self.given([("--region", flags.region), ("--log-level", flags.logLevel)]) + noTLS
            + (flags.enableTestReset ? ["--enable-test-reset"] : []) + strict
        workerFlags =
            Self.given([
                ("--cluster", cluster), ("--region", flags.region),
                ("--cpu", flags.cpu.map { String($0) }),
                ("--memory", String(flags.memory ?? share)), ("--attributes", flags.attributes),
                ("--log-level", flags.logLevel), ("--stop-within", flags.stopWithin),
                ("--environment-files", worker.sources.files),
                ("--secrets-from", worker.sources.secretsFlag),
            ]) + noTLS
    }

    private static func usesHosts(_ runtime: RuntimeChoice) throws(Failure) -> Bool {
        guard case .containerd(let socket) = runtime else { return false }
        guard socket == ContainerdRuntime.Configuration.socketDefault else {
            throw Failure(
                .usage,
                "muster up gives each worker a containerd of its own: say --runtime containerd, "
                    + "without a socket.")
        }
        return true
    }

    private static func given(_ flags: [(String, String?)]) -> [String] {
        flags.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }

    var manager: LocalNode {
        LocalNode(
            name: "manager", folder: NodeFolder(path: home.manager), log: home.log("manager"),
            arguments: managerArguments(nil))
    }

    /// - Parameter card: Where it came to listen; a port that was left to chance stays the same
    ///   from then on, since the workers know it.
    func managerArguments(_ card: NodeFolder.Card?) -> [String] {
        func settled(_ flag: String?, _ actual: String?) -> String? {
            flag?.hasSuffix(":0") == true ? actual ?? flag : flag
        }
        return ["manager", "--data", home.manager]
            + Self.given([
                ("--api-listen", settled(apiListen?.description, card?.api)),
                ("--worker-listen", settled(workerListen, card?.workers)),
            ]) + managerFlags
    }

    /// - Parameter manager: Where it listens for workers.
    func worker(_ name: String, manager: String) -> LocalNode {
        let number = usesHosts ? Int(name.dropFirst("worker-".count)) : nil
        let host = number.map { SimulatedHost(worker: home.worker(name), number: $0) }
        let hostFlags = host.map { host in
            [
                "--simulated-host", String(host.number),
                "--runtime", "containerd://\(host.socket)",
            ]
        }
        return LocalNode(
            name: name, folder: NodeFolder(path: home.worker(name)), log: home.log(name),
            arguments: [
                "worker", "--manager", manager, "--name", name, "--data", home.worker(name),
                "--stop-tasks",
            ] + (tls ? ["--token-file", home.token(cluster)] : [])
                + (hostFlags ?? []) + workerFlags, host: host)
    }

    /// worker-1 to worker-N, and whoever else still lives in this home.
    var workerNames: [String] {
        let wanted = (1...workers).map { "worker-\($0)" }
        let there = (try? FileManager.default.contentsOfDirectory(atPath: home.workers)) ?? []
        let others = there.filter {
            !wanted.contains($0) && NodeFolder(path: home.worker($0)).owner() != nil
        }
        return wanted + others.sorted()
    }
}
