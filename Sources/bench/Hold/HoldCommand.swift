import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// Holds connections open, and times what the server pushes to them.
struct HoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Holds idle connections until its input ends (used by `bench transport`).",
        discussion: """
            Says "held SECONDS" once all are there. Each line "push" of its input then asks the \
            server for one message to every stream; "pushed SECONDS" says when the last came.
            """,
        shouldDisplay: false)

    @Option(help: "The server's port on 127.0.0.1.")
    var port: Int

    @Option(help: "Connections.")
    var count = 10_000

    @Option(help: "Uses TLS, with a worker's certificate of the authority in this folder.")
    var authority: String?

    @Flag(help: "Opens a server stream on each.")
    var streams = false

    func run() async throws {
        try Limits.raiseOpenFiles()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let tls = try authority.map { try BenchAuthority($0).clientContext() }
        let holder = try await loop.submit {
            NIOLoopBound(
                Holder(port: port, count: count, hasStreams: streams, tls: tls, loop: loop),
                eventLoop: loop)
        }.get()
        let held = try await loop.flatSubmit { holder.value.hold() }.get()
        say("held", held)
        let lines = LineReader(.standardInput)
        while let line = lines.next() {
            guard line == "push" else { continue }
            say("pushed", try await loop.flatSubmit { holder.value.push() }.get())
        }
    }

    private func say(_ word: String, _ time: TimeAmount) {
        print(word, Double(time.nanoseconds) / 1e9)
        fflush(nil)
    }
}
