import ArgumentParser
import ECSAPI
import Foundation
import Model

struct EventsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Shows ECS's events, of the past or as they happen.",
        discussion: """
              $ muster events --since 10m
              $ muster events --follow --cluster production
              $ muster events --follow --type task --json | jq .detail.lastStatus

            These are the events that ECS sends to EventBridge: task and container instance state \
            changes, service actions and deployment state changes; with --json in EventBridge's \
            form, one a line. `muster history` shows all changes, with what they were before.

            With --follow it goes on where it was when the manager comes back. Programs can read \
            the same stream: server-sent events at /_muster/events of the API's address; or have \
            them posted to them (`muster manager --events-webhook`).
            """
    )

    /// What `--type` can be.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case task, instance, service, deployment

        fileprivate var name: String {
            switch self {
            case .task: ECSEvent.Kind.task.rawValue
            case .instance: ECSEvent.Kind.instance.rawValue
            case .service: ECSEvent.Kind.service.rawValue
            case .deployment: ECSEvent.Kind.deployment.rawValue
            }
        }
    }

    @Flag(help: "Waits for what is yet to come.")
    var follow = false

    @Option(help: "Only of that cluster (default: all).")
    var cluster: String?

    @Option(help: "Only of that region (default: all).")
    var region: String?

    @Option(
        name: .customLong("type"),
        help: "Only of that type; can be given more than once.")
    var types: [Kind] = []

    @Option(
        help: ArgumentHelp(
            "Begins with that time (default: 1h, or now with --follow): \(PastTime.help).",
            valueName: "time"))
    var since: String?

    @Flag(help: "One JSON object a line, in EventBridge's form.")
    var json = false

    @Option(help: TokenVerb.apiHelp)
    var api: String?

    func run() async throws {
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        let query = try query(at: .now)
        guard follow else {
            return try await client.events(query + [("follow", "false")], after: nil) {
                _ = show($0)
            }
        }
        try await showForever(client, query)
    }

    private func showForever(
        _ client: ManagerClient, _ query: [(String, String)]
    ) async throws {
        var place: String?
        var isAway = false
        while true {
            do throws(Failure) {
                try await client.events(query, after: place) { message in
                    isAway = false
                    place = show(message) ?? place
                }
            } catch {
                guard error.code == .unavailable, place != nil else { throw error }
                if !isAway { Terminal.complain("\(error.message) Trying again.") }
                isAway = true
            }
            // A manager that is away may come back.
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func query(at now: WallTime) throws(Failure) -> [(String, String)] {
        var query = types.map { ("detail-type", $0.name) }
        if let cluster { query.append(("cluster", cluster)) }
        if let region { query.append(("region", region)) }
        if let text = since ?? (follow ? nil : "1h") {
            let time = try PastTime.parse(text, flag: "--since", now: now)
            query.append(("since", "\(time.milliseconds)"))
        }
        return query
    }

    /// Prints what a message says.
    ///
    /// - Returns: The place after it.
    private func show(_ message: EventLines.Message) -> String? {
        if let data = message.data {
            if message.event == "gap" {
                Terminal.complain("some events are missing here: \(data)")
            } else {
                Terminal.say(json ? data : EventText(json: data)?.line ?? data)
            }
        }
        return message.id
    }
}
