import ArgumentParser
import ECSAPI
import Foundation
import Model

struct HistoryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows what happened: all changes, or those of one object.",
        discussion: """
              $ muster history --since 10m
              $ muster history web --cluster production    # a service, its events and deployments
              $ muster history web --parts                 # its tasks, too
              $ muster history 3f2a91c0                    # a task, as `muster status` shows it
              $ muster history worker-2 --since 2025-01-01T12:00:00Z --until 10m --json

            OBJECT is the name, id or ARN of a cluster, service, container instance or \
            deployment, a task's id or ARN or the first digits of its id, or a task definition's \
            family:revision; service/NAME and the like where a name has several meanings. It may \
            be gone by now.

            Times are UTC: \(PastTime.help).

            A manager keeps changes within a number and an age (`muster manager --help`: \
            --history-records, --history-age). With --data they are read from the folder of a \
            manager that is stopped; nothing is written there.
            """
    )

    @Argument(help: "What it is about (default: all).")
    var object: String?

    @Option(help: "The cluster that the object is in.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Option(help: ArgumentHelp("Nothing before that time.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Nothing after that time.", valueName: "time"))
    var until: String?

    @Flag(help: "Also what belongs to the object: a service's tasks, all in a cluster.")
    var parts = false

    @Option(help: ArgumentHelp("The most changes that are shown: the newest.", valueName: "n"))
    var limit = 100

    @Flag(help: "One JSON object a line, oldest first, with the whole values.")
    var json = false

    @Option(help: ArgumentHelp("The folder of a manager that is stopped.", valueName: "dir"))
    var data: String?

    @Option(help: TokenVerb.apiHelp)
    var api: String?

    func run() async throws {
        guard limit > 0 else { throw Failure(.usage, "--limit must be at least 1.") }
        let now = WallTime.now
        let source = try PastSource.choose(data: data, api: api)
        var request = HistoryRequest(
            object: object, cluster: cluster, region: region, parts: parts, records: json,
            maxResults: min(limit, PastEndpoint.entriesMaximum))
        request.since = try since.map {
            text throws(Failure) in
            try PastTime.parse(text, flag: "--since", now: now).milliseconds
        }
        request.until = try until.map {
            text throws(Failure) in
            try PastTime.parse(text, flag: "--until", now: now).milliseconds
        }
        var entries: [HistoryReport.Entry] = []
        var report: HistoryReport
        repeat {
            request.maxResults = min(limit - entries.count, PastEndpoint.entriesMaximum)
            report = try await source.history(request)
            entries += report.entries
            request.nextToken = report.nextToken
        } while report.nextToken != nil && entries.count < limit
        guard json else {
            let oldest = report.oldest.map { WallTime(milliseconds: $0) }
            return Terminal.say(
                HistoryText.render(entries, oldest: oldest, isCut: report.nextToken != nil))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for entry in entries.reversed() {
            Terminal.say(String(decoding: try encoder.encode(entry), as: UTF8.self))
        }
    }
}
