import ArgumentParser
import ECSAPI
import Foundation

struct WorkerRevokeVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-revoke",
        abstract: "Ends a worker's right at once: its connection, its certificate, its tasks.",
        discussion: """
              $ muster worker-revoke web-3 --cluster production

            The manager closes the worker's connections and believes its certificate no more. Its \
            tasks are shown STOPPED and replaced elsewhere in the same moment. What still runs on \
            that machine goes on until someone stops it there.
            """
    )

    @Argument(help: "The worker's name, its container instance's id, or its identity's.")
    var worker: String

    @Option(help: "The cluster that it joined.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Option(help: TokenVerb.apiHelp)
    var api: String?

    func run() async throws {
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        let revoked = try await client.revokeWorker(worker, cluster: cluster, region: region)
        for worker in revoked.workers {
            Terminal.say("Worker \(worker.name) (\(worker.id)) may do nothing any more.")
            if let token = worker.validToken {
                Terminal.say(
                    "The token that it joined with is still good, for a new identity too. To end "
                        + "it: muster token revoke \(token)")
            }
        }
    }
}
