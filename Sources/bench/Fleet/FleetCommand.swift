import ArgumentParser
import Foundation
import Identity
import Logging
import NIOCore
import NIOPosix

/// A fleet of workers against a real manager.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Plays many workers until its input ends (used by `bench transport`).",
        discussion: """
            Says "joined SECONDS" once all have their certificates. Then each line of its input \
            is done and answered: "connect" with "connected SECONDS"; "beat SECONDS" with \
            "beaten COUNT"; "use SECONDS" with "used COUNT"; "mark" with "marked"; "touched" with \
            "touched UPTIME", the moment at which each worker had heard of a change; "running \
            COUNT" with "ran UPTIME", once each worker runs so many tasks.
            """,
        shouldDisplay: false)

    @Option(help: "The manager's port for workers on 127.0.0.1.")
    var port: Int

    @Option(help: "Workers in each cluster.")
    var count = 5_000

    @Option(parsing: .upToNextOption, help: "The clusters to join.")
    var clusters: [String]

    @Option(parsing: .upToNextOption, help: "A join token for each cluster; without TLS none.")
    var tokens: [String] = []

    @Option(help: "The certificate of the manager's authority, a file in PEM.")
    var authority: String?

    func run() async throws {
        try Limits.raiseOpenFiles()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let start = NIODeadline.now()
        let members = try await members(group)
        say("joined", seconds(.now() - start))
        let fleet = try await loop.submit { [port] in
            NIOLoopBound(Fleet(members: members, port: port, loop: loop), eventLoop: loop)
        }.get()
        let lines = LineReader(.standardInput)
        while let line = lines.next() {
            let words = line.split(separator: " ")
            let number = words.count > 1 ? Double(words[1]) ?? 0 : 0
            switch words.first {
            case "connect":
                let start = NIODeadline.now()
                let end = try await loop.flatSubmit { fleet.value.connect() }.get()
                say("connected", seconds(end - start))
            case "beat":
                let time = TimeAmount.nanoseconds(Int64(number * 1e9))
                say("beaten", try await loop.flatSubmit { fleet.value.beat(for: time) }.get())
            case "use":
                let time = TimeAmount.nanoseconds(Int64(number * 1e9))
                say("used", try await loop.flatSubmit { fleet.value.tellUsage(for: time) }.get())
            case "mark":
                try await loop.submit { fleet.value.mark() }.get()
                say("marked", members.count)
            case "touched":
                let end = try await loop.flatSubmit { fleet.value.touched() }.get()
                say("touched", Uptime.seconds(end))
            case "running":
                let end = try await loop.flatSubmit { fleet.value.running(Int(number)) }.get()
                say("ran", Uptime.seconds(end))
            default: throw BenchError("\"\(line)\" is nothing that a fleet does")
            }
        }
    }

    private func members(_ group: any EventLoopGroup) async throws -> [FleetMember] {
        guard let authority else {
            return clusters.flatMap { cluster in
                names(cluster).map { FleetMember(name: $0, cluster: cluster, tls: nil) }
            }
        }
        guard tokens.count == clusters.count else {
            throw BenchError("\(tokens.count) tokens are not one for each cluster")
        }
        let joiner = try Joiner(
            port: port, certificate: authority, group: group, logger: Logger(label: "fleet"))
        var members: [FleetMember] = []
        for (cluster, token) in zip(clusters, tokens) {
            members += try await joiner.join(
                names(cluster), to: cluster, with: JoinTokenText(token))
        }
        return members
    }

    private func names(_ cluster: String) -> [String] {
        (0..<count).map { "\(cluster)-\($0)" }
    }

    private func seconds(_ time: TimeAmount) -> Double { Double(time.nanoseconds) / 1e9 }

    private func say(_ word: String, _ value: some CustomStringConvertible) {
        print(word, value)
        fflush(nil)
    }
}
