import ArgumentParser
import ECSAPI
import Foundation
import Model

struct StatusVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows clusters, workers, services and tasks at a glance.",
        discussion: """
              $ muster status
              $ muster status --watch            # again each second, until Ctrl-C
              $ muster status --json | jq '.clusters[].tasks[].lastStatus'
              $ muster status --api http://10.0.0.1:4566
              $ muster status --as-of 10m                   # as it was ten minutes ago
              $ muster status --as-of 2025-01-01T12:00:00Z
              $ muster status --data ~/.muster/manager      # of a manager that is stopped

            Times are UTC: \(PastTime.help).

            Exit code 69 when no manager answers.
            """
    )

    @Flag(help: "The whole report as JSON, for programs.")
    var json = false

    @Flag(help: "Shows it again each second.")
    var watch = false

    @Option(
        help: ArgumentHelp(
            "The manager's API (default: AWS_ENDPOINT_URL, or http://127.0.0.1:4566).",
            valueName: "url"))
    var api: String?

    @Option(help: ArgumentHelp("As it was at that time.", valueName: "time"))
    var asOf: String?

    @Option(
        help: ArgumentHelp(
            "Reads the folder of a manager that is stopped (or, with --as-of, what it was).",
            valueName: "dir"))
    var data: String?

    func run() async throws {
        if asOf != nil || data != nil { return try await showPast() }
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        guard watch else { return Terminal.say(try await report(client)) }
        while true {
            let text: String
            do {
                text = try await report(client)
            } catch {
                // A manager that is away may come back; that is worth watching too.
                text = "\(error)"
            }
            if Terminal.isScreen {
                Terminal.show(screen: text + "\n")
            } else {
                Terminal.say(text + "\n")
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func report(_ client: ManagerClient) async throws -> String {
        try rendered(try await client.status())
    }

    /// As it was then; what a stopped manager left when no time is given.
    private func showPast() async throws {
        guard !watch else {
            throw Failure(.usage, "--watch shows the present: leave out --as-of and --data.")
        }
        let now = WallTime.now
        let time = try asOf.map { text throws(Failure) in
            try PastTime.parse(text, flag: "--as-of", now: now)
        }
        let source = try PastSource.choose(data: data, api: api)
        Terminal.say(try rendered(try await source.status(asOf: time ?? now)))
    }

    private func rendered(_ report: StatusReport) throws -> String {
        guard json else { return StatusText.render(report) }
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            watch
            ? [.sortedKeys, .withoutEscapingSlashes]
            : [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
