import ArgumentParser
import Foundation
import Model

struct MassSilenceVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mass-silence",
        abstract:
            "Tells a manager what to make of most of a cluster's workers going silent at once.",
        discussion: """
            When more than half of a cluster of ten or more workers goes silent within one lease, \
            the manager suspects itself or the network and holds replacements for a minute. You \
            may know better:

              $ muster mass-silence replace --cluster production   # they are lost: replace now
              $ muster mass-silence hold --cluster production      # they are fine: keep waiting
            """
    )

    enum Decision: String, ExpressibleByArgument, CaseIterable {
        case replace, hold
    }

    @Argument(help: "`replace` their tasks now, or `hold` until they are back.")
    var decision: Decision

    @Option(help: "The cluster.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Option(
        help: ArgumentHelp(
            "The manager's API (default: AWS_ENDPOINT_URL, or http://127.0.0.1:4566).",
            valueName: "url"))
    var api: String?

    func run() async throws {
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        let decision: MassSilenceDecision = decision == .replace ? .replace : .hold
        try await client.resolveMassSilence(decision, cluster: cluster, region: region)
        Terminal.say(
            decision == .replace
                ? "The silent workers' tasks in \(cluster) are being replaced."
                : "Replacements in \(cluster) wait until the workers are back.")
    }
}
