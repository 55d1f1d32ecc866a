import Advice
import ArgumentParser
import Foundation

struct PlanVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tells what a change would do, and changes nothing.",
        discussion: """
            The change is tried on a copy of the manager's own decisions in virtual time, from the \
            state as it is now: its steps, the most that it holds at once, how long it takes, and \
            whether it can come to its end at all - or which bound, port or lack of room is in its \
            way, and what would help.

              $ muster plan update-service web --task-definition web:8 --start-seconds 20
              $ muster plan scale web 12
              $ muster plan drain worker-2
              $ muster plan register-task-definition web.json   # and the services that run it

            No task fails in a plan: how long one needs to start and to stop is for you to say.
            Exit code 1 when the change can't come to its end.
            """,
        subcommands: [
            PlanUpdateServiceVerb.self, PlanScaleVerb.self, PlanDrainVerb.self,
            PlanRegisterVerb.self,
        ]
    )
}

/// What all plans take.
struct PlanOptions: ParsableArguments {
    @Option(help: "The cluster.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Option(
        help: ArgumentHelp("How long a task takes from its start to RUNNING.", valueName: "n"))
    var startSeconds = 5.0

    @Option(
        help: ArgumentHelp("How long a task takes to stop when it is told to.", valueName: "n"))
    var stopSeconds = 2.0

    @Flag(help: "All of it as JSON, for programs.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "The manager's API (default: AWS_ENDPOINT_URL, or http://127.0.0.1:4566).",
            valueName: "url"))
    var api: String?

    func client() throws(Failure) -> ManagerClient {
        try ManagerClient(flag: api, environment: ProcessInfo.processInfo.environment)
    }

    /// Asks what some calls would do, and says it.
    func say(_ calls: [PlannedCall]) async throws {
        let forecast = try await client().plan(
            calls, cluster: cluster, region: region, start: startSeconds, stop: stopSeconds)
        Terminal.say(json ? try Terminal.json(forecast) : ForecastText.render(forecast))
        if !forecast.verdict.isGood { throw ExitCode(1) }
    }

    /// The JSON object in a file, as the AWS CLI takes it with --cli-input-json.
    func object(in path: String) throws(Failure) -> [String: Any] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.noInput, "There is no file \(path) that can be read.")
        }
        guard data.count <= ServiceFiles.bytesMaximum else {
            throw Failure(
                .data,
                "\(path) has \(data.count) bytes; at most \(ServiceFiles.bytesMaximum) are read.")
        }
        guard let members = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
            throw Failure(.data, "\(path) is no JSON object.")
        }
        return members
    }
}
