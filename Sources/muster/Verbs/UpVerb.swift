import ArgumentParser
import Foundation
import Synchronization
import UnixSignals

struct UpVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs a whole cluster on this machine: a manager and some workers.",
        discussion: """
              $ muster up                          # 3 workers, data in ~/.muster
              $ muster up --workers 5 --cluster staging
              $ muster up --data /tmp/try --api-listen 127.0.0.1:4600 --worker-listen 127.0.0.1:0

            The manager and each worker are processes of their own; what they log is in \
            DIR/logs. Kill one and see what happens (`muster kill-host worker-2`): nothing that \
            died is started again by itself; the line that brings it back is printed.

            Ctrl-C stops it all: the workers stop their tasks, then the manager ends. A second \
            Ctrl-C does not wait. Everything is kept: `muster up` on the same data goes on, and \
            the services come back. Should `muster up` itself be killed, the manager, the workers \
            and their containers go on; the next `muster up` on the same data takes them over.

            Manager and workers prove to each other who they are, with TLS. The token with which \
            workers join is made anew each time, in DIR/tokens, for this user alone.

            With --runtime containerd (root, Linux) each worker is a simulated host of its own, \
            with its own network, processes and containerd, at 10.98.0.11, 10.98.0.12, …: real \
            images run, host ports don't clash, and `muster kill-host` is a true loss of power. \
            Images come from their registries, or all from the one that MUSTER_IMAGE_REGISTRY \
            names (host:port, plain HTTP).

            Settings that have no flag here come from the environment: see `muster manager --help` \
            and `muster worker --help`. Each worker offers all CPU units of this machine, which \
            are shares, and its part of the memory.
            """
    )

    @Option(help: "How many workers, named worker-1, worker-2, …")
    var workers = 3

    @Option(
        help: ArgumentHelp(
            "The folder for everything (default: MUSTER_DATA, or ~/.muster).", valueName: "dir"))
    var data: String?

    @Option(help: "The cluster that the workers join; made if it is missing (default: default).")
    var cluster: String?

    @Option(help: "The cluster's region (default: us-east-1).")
    var region: String?

    @Option(
        help: ArgumentHelp(
            "Where the API listens (default: 127.0.0.1:4566). Port 0 takes a free one.",
            valueName: "host:port"))
    var apiListen: String?

    @Option(
        help: ArgumentHelp(
            "Where workers are listened for (default: 127.0.0.1:4567).", valueName: "host:port"))
    var workerListen: String?

    @Option(
        help: ArgumentHelp(
            "What runs containers: process (the default), host processes; or containerd, real "
                + "images on simulated hosts.", valueName: "runtime"))
    var runtime: String?

    @Flag(help: "AWS's own quotas, page sizes, request rates and times hold.")
    var strictAws = false

    @Flag(help: "Manager and workers prove nothing to each other, and nothing is encrypted.")
    var noTls = false

    @Flag(help: "Lets POST /_muster/reset forget everything: for test suites alone.")
    var enableTestReset = false

    @Option(help: ArgumentHelp("CPU units of each worker.", valueName: "units"))
    var cpu: Int?

    @Option(help: ArgumentHelp("Memory of each worker.", valueName: "mib"))
    var memory: Int?

    @Option(
        help: ArgumentHelp(
            "Facts about the workers that placement can ask for.", valueName: "k=v,…"))
    var attributes: String?

    @Option(
        help: ArgumentHelp(
            "The folder of environmentFiles: arn:aws:s3:::BUCKET/KEY is BUCKET/KEY in it.",
            valueName: "dir"))
    var environmentFiles: String?

    @Option(
        help: ArgumentHelp(
            "Where the values of secrets come from: file:DIR or command:PROGRAM.",
            valueName: "provider"))
    var secretsFrom: String?

    @Option(
        help: ArgumentHelp(
            "How long tasks may take to stop at Ctrl-C before they are killed.", valueName: "time"))
    var stopWithin = "40s"

    @Option(help: ArgumentHelp("What the nodes log (default: info).", valueName: "level"))
    var logLevel: String?

    func validate() throws {
        guard (1...100).contains(workers) else {
            throw ValidationError("--workers must be from 1 to 100, not \(workers).")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let plan = try UpPlan(self, environment: environment, machine: .here())
        let claim = try NodeFolder(path: plan.home.path).claim()
        let requests = StopRequests()
        let session = UpSession(plan, requests: requests)
        let failure: (any Error)? = await withTaskGroup(of: Void.self) { group in
            group.addTask { await requests.listen() }
            defer { group.cancelAll() }
            do {
                try await session.run()
                return nil
            } catch {
                return error
            }
        }
        withExtendedLifetime(claim) {}
        if let failure { throw failure }
    }
}

/// How often this process was asked to stop.
final class StopRequests: Sendable {
    private let counted = Mutex(0)
    private let listening = Mutex(false)

    var count: Int { counted.withLock { $0 } }

    /// Whether a signal would be counted, and not end the process.
    var isListening: Bool { listening.withLock { $0 } }

    func listen() async {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        listening.withLock { $0 = true }
        for await _ in signals { counted.withLock { $0 += 1 } }
    }
}
