import ArgumentParser
import ECSAPI
import Foundation
import Model

struct TokenVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Makes, lists and revokes the tokens with which workers join.",
        discussion: """
            A worker joins a cluster with a token and gets a certificate for it. The token also \
            names the manager's certificate authority, so that the worker takes no other manager \
            for this one. It is good for any number of workers until it ends:

              $ muster token create --cluster production --ttl 1h > token
              $ muster worker --manager 10.0.0.1:4567 --cluster production --token-file token

            Who has a token can join: treat it as a password. A token that ends or is revoked \
            lets nobody in any more; workers that joined with it go on (see `muster \
            worker-revoke`).
            """,
        subcommands: [Create.self, List.self, Revoke.self]
    )

    static let apiHelp = ArgumentHelp(
        "The manager's API (default: AWS_ENDPOINT_URL, or http://127.0.0.1:4566).",
        valueName: "url")

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token and prints it, and nothing else.")

        @Option(help: "The cluster that it lets workers join.")
        var cluster: String

        @Option(help: ArgumentHelp("How long it is good for.", valueName: "time"))
        var ttl = "24h"

        @Option(help: "The cluster's region (default: the manager's).")
        var region: String?

        @Option(help: TokenVerb.apiHelp)
        var api: String?

        func run() async throws {
            guard let life = Duration(span: ttl) else {
                throw Failure(
                    .usage, "--ttl: '\(ttl)' is no time span. Write 90s, 30m, 1h or 1h30m.")
            }
            let client = try ManagerClient(
                flag: api, environment: ProcessInfo.processInfo.environment)
            let made = try await client.createJoinToken(
                cluster: cluster, region: region, life: life)
            Terminal.say(made.token)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the tokens there are, without their secrets.")

        @Flag(help: "As JSON, for programs.")
        var json = false

        @Option(help: TokenVerb.apiHelp)
        var api: String?

        func run() async throws {
            let client = try ManagerClient(
                flag: api, environment: ProcessInfo.processInfo.environment)
            let report = try await client.joinTokens()
            guard json else { return Terminal.say(TokenText.render(report)) }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.say(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a token: nobody joins with it any more.")

        @Argument(help: "The id that `muster token list` shows.")
        var id: String

        @Option(help: TokenVerb.apiHelp)
        var api: String?

        func run() async throws {
            let client = try ManagerClient(
                flag: api, environment: ProcessInfo.processInfo.environment)
            try await client.revokeJoinToken(id)
            Terminal.say("Token \(id) lets nobody join any more.")
        }
    }
}
