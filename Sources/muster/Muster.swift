import ArgumentParser

/// The one command. A verb a file, in `Verbs/`.
@main
struct Muster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "muster",
        abstract: "Runs Amazon ECS workloads on machines that you own.",
        discussion: """
            A manager holds the state of one or more clusters and speaks Amazon ECS's API; workers \
            run the containers. The unmodified AWS CLI, SDKs and Terraform drive it.

            A whole cluster on this machine:

              $ muster up --workers 3

            and in another terminal:

              $ export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_DEFAULT_REGION=us-east-1
              $ export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
              $ aws ecs list-container-instances
              $ muster status --watch

            Exit codes are those of sysexits(3): 0 done; 1 a broken invariant (`muster \
            simulate`), or a change that can't come to its end (`muster plan`); \
            64 a wrong flag, argument or environment variable; 65 a data folder that is damaged \
            or not Muster's; 66 no such worker or file; \
            69 a manager or an address can't be reached or had; 70 a fault of Muster's own; 73 a \
            data folder that can't be made or written; 74 the disk failed; 75 a data folder in use \
            by another process; 77 a request that the manager does not allow; 78 a wrong \
            configuration file.
            """,
        version: version,
        subcommands: [
            UpVerb.self, ManagerVerb.self, WorkerVerb.self, StatusVerb.self, ExplainVerb.self,
            ExecVerb.self, LogsVerb.self, PlanVerb.self, HistoryVerb.self, EventsVerb.self,
            ChaosVerb.self, KillHostVerb.self, MassSilenceVerb.self, TokenVerb.self, KeyVerb.self,
            WorkerRevokeVerb.self, WorkerRedirectVerb.self, SimulateVerb.self,
        ]
    )

    /// What `--version` and workers' registrations say.
    static let version = "0.1.0"

    static func main() async {
        do {
            var verb = try parseAsRoot()
            if var verb = verb as? any AsyncParsableCommand {
                try await verb.run()
            } else {
                try verb.run()
            }
        } catch let failure as Failure {
            Terminal.complain(failure.message)
            exit(withError: ExitCode(failure.code.rawValue))
        } catch {
            exit(withError: error)
        }
    }
}
