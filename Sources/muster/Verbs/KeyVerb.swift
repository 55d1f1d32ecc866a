import ArgumentParser
import ECSAPI
import Foundation

struct KeyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes, lists and revokes the access keys that sign requests to the API.",
        discussion: """
            Without any key the API takes what comes, and listens on this machine alone. From the \
            first key on every request has to be signed with one, by the AWS CLI and SDKs as \
            always, by muster's own verbs with what they find in AWS_ACCESS_KEY_ID and \
            AWS_SECRET_ACCESS_KEY or in ~/.aws/credentials:

              $ export $(muster key create)
              $ muster key create --read-only --name dashboard

            The first key can be made before the manager runs, so that it never listens without:

              $ muster key create --data /var/lib/muster/manager
              $ muster manager --data /var/lib/muster/manager --api-listen 0.0.0.0:4566

            A revoked key is refused from then on. When the last one is revoked nobody is let in: \
            stop the manager and make another with --data.
            """,
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// Where the keys are.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Work in the data folder of a manager that does not run.", valueName: "dir"))
        var data: String?

        @Option(help: TokenVerb.apiHelp)
        var api: String?

        /// Does it in a stopped manager's folder, or has a running one do it.
        func either<Answer>(
            stopped: (String) async throws -> Answer,
            running: (ManagerClient) async throws -> Answer
        ) async throws -> Answer {
            guard let data else {
                let environment = ProcessInfo.processInfo.environment
                return try await running(ManagerClient(flag: api, environment: environment))
            }
            guard api == nil else {
                throw Failure(
                    .usage,
                    "--api asks a running manager, --data a stopped one's folder: give one.")
            }
            return try await stopped(data)
        }
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a key and prints it, as two variables. Its secret is told this once.")

        @Flag(help: "It may ask (Describe and List), and change nothing.")
        var readOnly = false

        @Option(help: "What it is for, as lists and refusals show it.")
        var name = ""

        @Flag(help: "As JSON, for programs.")
        var json = false

        @OptionGroup
        var place: KeyVerb.Place

        func run() async throws {
            let made = try await place.either { data in
                try await StoppedKeys.create(named: name, isReadOnly: readOnly, in: data)
            } running: { client in
                try await client.createAccessKey(named: name, isReadOnly: readOnly)
            }
            if json { return Terminal.say(try KeyVerb.json(made)) }
            Terminal.say("AWS_ACCESS_KEY_ID=\(made.id)")
            Terminal.say("AWS_SECRET_ACCESS_KEY=\(made.secret)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the keys there are, without their secrets.")

        @Flag(help: "As JSON, for programs.")
        var json = false

        @OptionGroup
        var place: KeyVerb.Place

        func run() async throws {
            let report = try await place.either {
                try await StoppedKeys.list(in: $0)
            } running: {
                try await $0.accessKeys()
            }
            Terminal.say(json ? try KeyVerb.json(report) : KeyText.render(report))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a key: requests that it signs are refused from now on.")

        @Argument(help: "The id that `muster key list` shows.")
        var id: String

        @OptionGroup
        var place: KeyVerb.Place

        func run() async throws {
            let revoked = try await place.either {
                try await StoppedKeys.revoke(id, in: $0)
            } running: {
                try await $0.revokeAccessKey(id)
            }
            Terminal.say("Access key \(revoked.id) is refused from now on.")
            guard revoked.writingKeys == 0 else { return }
            Terminal.say(
                "No key is left that may change anything. To make one, stop the manager and run "
                    + "`muster key create --data DIR` with its data folder.")
        }
    }
}
