import ArgumentParser
import Foundation

struct ExplainVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells why a task or a service is as it is.",
        discussion: """
            Of a task: why it is on its worker, what it waits for, why it stopped and what \
            followed. Of a service: what keeps it from what it wishes, which worker comes nearest \
            to having room and how much it lacks, what would help, and when it is tried again.

              $ muster explain web
              $ muster explain 3f2a91c0 --cluster production   # a task, as muster status shows it
              $ muster explain web --as-of 10m                    # as it was ten minutes ago
              $ muster explain web --json | jq .service.verdict

            The name is a service's name, a task's id or the beginning of one (6 digits or more), \
            or an ARN of either.
            """
    )

    @Argument(help: ArgumentHelp("A service's name, or a task's id.", valueName: "task|service"))
    var name: String

    @Option(help: "The cluster.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Flag(help: "All of it as JSON, for programs.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "The manager's API (default: AWS_ENDPOINT_URL, or http://127.0.0.1:4566).",
            valueName: "url"))
    var api: String?

    @Option(help: ArgumentHelp("As it was at that time.", valueName: "time"))
    var asOf: String?

    func run() async throws {
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        let time = try asOf.map { text throws(Failure) in
            try PastTime.parse(text, flag: "--as-of", now: .now)
        }
        let explanation = try await client.explain(
            name, cluster: cluster, region: region, asOf: time)
        Terminal.say(json ? try Terminal.json(explanation) : ExplanationText.render(explanation))
    }
}

extension Terminal {
    /// A report as programs read it.
    static func json(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
