import ArgumentParser
import ECSAPI
import Foundation
import Model

struct WorkerDrainVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Moves a worker's tasks to others, and waits until it is empty.",
        discussion: """
              $ muster worker drain              # this machine's
              $ muster worker drain web-3 --within 10m
              $ muster worker drain web-3 --undo

            The worker gets the status DRAINING, as by update-container-instances-state: nothing \
            more is placed on it, and its services' tasks are replaced elsewhere, within the \
            services' deployment limits. Tasks of no service go on until they end. Ctrl-C ends \
            the wait and not the draining.

            Exit code 69 when it is not empty within the time.
            """
    )

    @Argument(help: "The worker's name, or its container instance's id (default: this machine's).")
    var worker: String?

    @Option(
        help: ArgumentHelp(
            "How long to wait; 0s does not wait (default: until it is empty).", valueName: "time"))
    var within: String?

    @Flag(help: "Makes it ACTIVE again: tasks are placed on it.")
    var undo = false

    @Option(help: "The worker's cluster.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: that of the first cluster by that name).")
    var region: String?

    @Option(help: TokenVerb.apiHelp)
    var api: String?

    func run() async throws {
        let limit = try within.map { text throws(Failure) in
            guard let span = Duration(span: text) else {
                throw Failure(.usage, "--within: '\(text)' is no time span. Write 30s or 10m.")
            }
            return span
        }
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        let (found, place) = try Self.find(
            worker ?? Machine.here().name, cluster, region, in: try await client.status())
        try await client.setInstance(
            found.id, to: undo ? .active : .draining, cluster: cluster, region: place)
        guard !undo else { return Terminal.say("Worker \(found.name) takes tasks again.") }
        Terminal.say("Worker \(found.name) (\(found.id)) is draining.")
        try await wait(for: found.id, limit, client)
    }

    /// Tells each change, until there is none to come.
    private func wait(
        for id: String, _ limit: Duration?, _ client: ManagerClient
    ) async throws {
        let end = limit.map { ContinuousClock.now + $0 }
        var told = ""
        while true {
            let report = try await client.status()
            let progress = DrainProgress(of: id, in: report)
            if progress.text != told {
                Terminal.say(progress.text)
                told = progress.text
            }
            if progress.isEmpty { return }
            if let end, ContinuousClock.now >= end {
                // Whoever gives no time to wait wants none.
                if limit == .zero { return }
                throw Failure(.unavailable, "It is not empty yet; it goes on draining.")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private static func find(
        _ worker: String, _ cluster: String, _ region: String?, in report: StatusReport
    ) throws(Failure) -> (StatusReport.Worker, region: String) {
        let place = report.clusters.first {
            $0.name == cluster && (region == nil || $0.region == region)
        }
        guard let place else { throw Failure(.noInput, "There is no cluster \(cluster).") }
        // A host that was set up anew has the name of what it was before.
        let named = place.workers.filter { $0.name == worker }
        guard
            let found = place.workers.first(where: { $0.id == worker })
                ?? named.first(where: \.connected) ?? named.first
        else {
            throw Failure(
                .noInput,
                "The cluster \(cluster) has no worker \(worker). It has: "
                    + "\(place.workers.map(\.name).joined(separator: ", ")).")
        }
        return (found, place.region)
    }
}

/// What is left on a worker that is draining.
struct DrainProgress: Equatable {
    var text: String
    var isEmpty: Bool

    init(of id: String, in report: StatusReport) {
        guard let cluster = report.clusters.first(where: { $0.workers.contains { $0.id == id } }),
            let worker = cluster.workers.first(where: { $0.id == id })
        else {
            text = "It is gone."
            isEmpty = true
            return
        }
        let left = worker.liveTasks
        isEmpty = left == 0
        guard !isEmpty else {
            text = "It is empty."
            return
        }
        // Of tasks that the report left out nothing is known but their number.
        let alone = cluster.tasks.filter {
            $0.worker == worker.name && $0.lastStatus != "STOPPED"
                && !$0.group.hasPrefix("service:")
        }.count
        text = "\(left) \(left == 1 ? "task is" : "tasks are") left"
        if alone > 0 { text += ", \(alone) of no service: they go on until they end" }
        text += "."
    }
}
