import ArgumentParser
import ECSAPI
import Foundation
import Model

struct LogsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Shows what a task's or a service's containers wrote.",
        discussion: """
              $ muster logs web --follow                 # all tasks of a service, new ones too
              $ muster logs 3f2a91c0 --container app     # a task, as muster status shows it
              $ muster logs web --since 10m --tail 100

            Lines of all tasks come in the order of their times, each with the task's id and the \
            container before it. Output and errors of \
            a container are both on standard output.

            Workers keep the newest 10 to 20 MiB of each container, and that of a task that \
            stopped until a hundred others have. What can't be read, since a worker is away, is \
            said on standard error. With --follow a worker that comes back is asked again; it \
            ends with Ctrl-C, or with the task.
            """
    )

    @Argument(
        help: "A service, a task's id, the beginning of it (6 digits or more), or an ARN.")
    var name: String

    @Flag(name: .shortAndLong, help: "Waits for what is yet to come.")
    var follow = false

    @Option(
        help: ArgumentHelp("Nothing of before that time: \(PastTime.help).", valueName: "time"))
    var since: String?

    @Option(help: "Only so many of each container's newest lines.")
    var tail: UInt32?

    @Option(help: "Only of that container.")
    var container: String?

    @Flag(help: "Shows the time of each line.")
    var timestamps = false

    @Flag(help: "Shows lines without whose they are.")
    var noPrefix = false

    @Option(help: "The cluster.")
    var cluster = "default"

    @Option(help: "The cluster's region (default: the manager's).")
    var region: String?

    @Option(help: TokenVerb.apiHelp)
    var api: String?

    func run() async throws {
        let client = try ManagerClient(
            flag: api, environment: ProcessInfo.processInfo.environment)
        let time = try since.map { text throws(Failure) in
            try PastTime.parse(text, flag: "--since", now: .now)
        }
        let question = LogQuestion(
            name: name, container: container, cluster: cluster, region: region,
            since: time?.milliseconds, tail: tail, follow: follow)
        var text = LogText(
            isColoured: Terminal.isScreen, showsTime: timestamps, isPlain: noPrefix)
        try await client.logs(question) { message in
            if message.notice != nil {
                Terminal.complain(text.notice(message))
            } else {
                Terminal.say(text.line(message))
            }
        }
    }
}
