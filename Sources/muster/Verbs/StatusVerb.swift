import ArgumentParser
import Foundation

struct StatusVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows clusters, workers, services and tasks at a glance.",
        discussion: """
              $ muster status
              $ muster status --watch            # again each second, until Ctrl-C
              $ muster status --json | jq '.clusters[].tasks[].lastStatus'
              $ muster status --api http://10.0.0.1:4566

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

    func run() async throws {
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
        let report = try await client.status()
        guard json else { return StatusText.render(report) }
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            watch
            ? [.sortedKeys, .withoutEscapingSlashes]
            : [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
