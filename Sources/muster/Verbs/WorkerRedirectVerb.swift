import ArgumentParser
import ECSAPI
import Foundation
import Model

struct WorkerRedirectVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-redirect",
        abstract: "Sends connected workers to another manager.",
        discussion: """
              $ muster worker-redirect web-3 --to 10.0.0.2:4567
              $ muster worker-redirect --all --to 10.0.0.2:4567,10.0.0.3:4567 --within 30s

            A worker that goes leaves its connection here and registers there. This manager sees \
            it as one that is gone: its tasks are replaced here, and the other manager stops those \
            that it knows nothing of. Drain it first where that matters. One that is not let in \
            there (its certificate is of this manager's authority) comes back.
            """
    )

    @Argument(help: "The worker's name, or its container instance's id.")
    var worker: String?

    @Flag(help: "All workers of the cluster that are connected.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "Where managers listen for workers; the workers are given to them in turn.",
            valueName: "host:port,…"))
    var to: String

    @Option(
        help: ArgumentHelp(
            "The time over which they leave, each at a moment of its own; at most 60s.",
            valueName: "time"))
    var within = "0s"

    @Option(help: "The workers' cluster.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Option(help: TokenVerb.apiHelp)
    var api: String?

    func run() async throws {
        guard (worker != nil) != all else {
            throw Failure(.usage, "Name one worker, or give --all.")
        }
        let managers: [Address]
        do {
            managers = try to.split(separator: ",").map { try Address(String($0)) }
        } catch {
            throw Failure(.usage, "--to: \((error as? Complaint)?.text ?? "\(error)")")
        }
        guard let spread = Duration(span: within) else {
            throw Failure(.usage, "--within: '\(within)' is no time span. Write 30s or 1m.")
        }
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        let told = try await client.redirectWorkers(
            worker, to: managers, within: spread, cluster: cluster, region: region)
        for worker in told.workers {
            Terminal.say("Worker \(worker.name) (\(worker.instance)) was told to go.")
        }
        if told.workers.isEmpty { Terminal.say("No worker of \(cluster) is connected.") }
    }
}
