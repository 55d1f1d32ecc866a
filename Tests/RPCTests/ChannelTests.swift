import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import RPC
import Testing

@Suite("A channel and real servers", .timeLimit(.minutes(1)))
struct ChannelTests {
    let options = RPCCallOptions(timeout: .seconds(20))

    private func make(
        _ targets: RPCTarget..., configure: (inout RPCChannelConfiguration) -> Void = { _ in }
    ) -> RPCChannel {
        var configuration = RPCChannelConfiguration()
        configuration.backoff.initial = .milliseconds(20)
        configuration.backoff.maximum = .milliseconds(200)
        configure(&configuration)
        return RPCChannel(
            targets: targets, group: group, configuration: configuration, logger: logger)
    }

    private func local(_ port: Int) -> RPCTarget { .tcp(host: "127.0.0.1", port: port) }

    private func echo(
        _ channel: RPCChannel, _ message: [UInt8] = [1, 2], waitForReady: Bool = false
    ) async throws -> [UInt8] {
        try await channel.unary(
            "/test.T/Echo", message, options: options, waitForReady: waitForReady
        ).message
    }

    private func check(_ channel: RPCChannel, waitForReady: Bool = false) async throws {
        #expect(try await echo(channel, waitForReady: waitForReady) == [1, 2])
    }

    private func reach(_ wanted: RPCChannel.State, _ channel: RPCChannel) async {
        var state = channel.state
        while state != wanted { state = await channel.state(otherThan: state) }
    }

    /// Waits for something that nobody tells of.
    private func eventually(_ isSo: () -> Bool) async throws {
        let clock = ContinuousClock()
        let limit = clock.now + .seconds(20)
        while !isSo() {
            try #require(clock.now < limit, "it did not come to be within 20 s")
            // Looks again.
            try await clock.sleep(for: .milliseconds(5))
        }
    }

    @Test("It connects with its first call, and each form of call works")
    func calls() async throws {
        try await TestServer.with { test in
            let channel = make(local(test.port))
            #expect(channel.state == .idle && test.server.connectionCount == 0)
            try await check(channel)
            #expect(channel.state == .ready)
            let counted = channel.serverStream("/test.T/Count", [250], options: options)
            var count = 0
            for try await _ in counted { count += 1 }
            #expect(count == 25_000)
            let chat = channel.stream("/test.T/Mirror", options: options)
            for number in UInt8(0)..<100 { try await chat.send([number]) }
            #expect(await chat.responses.initialMetadata()["x-text"] == "nothing")
            chat.finish()
            var answers: [[UInt8]] = []
            for try await answer in chat.responses { answers.append(answer) }
            #expect(answers == (UInt8(0)..<100).map { [$0] })
            #expect(chat.responses.trailingMetadata["x-end"] == "over")
            let error = await #expect(throws: RPCError.self) {
                try await channel.unary("/test.T/Fail", [], options: options)
            }
            #expect(error?.code == .failedPrecondition)
            #expect(test.server.connectionCount == 1)
            await channel.shutdown()
        }
    }

    @Test("What is sent on a stream before there is a connection waits for it")
    func earlyMessages() async throws {
        try await TestServer.with { test in
            let channel = make(local(test.port))
            let chat = channel.stream("/test.T/Chat", options: options)
            try await chat.send([1, 2])
            chat.finish()
            var answers: [[UInt8]] = []
            for try await answer in chat.responses { answers.append(answer) }
            #expect(answers == [[2, 1]])
            await channel.shutdown()
        }
    }

    @Test("A server that is gone: calls fail with its address, or wait until it is back")
    func restart() async throws {
        let (port, channel) = try await TestServer.with { test in
            let channel = make(local(test.port))
            try await check(channel)
            return (test.port, channel)
        }
        await reach(.idle, channel)
        let error = await #expect(throws: RPCError.self) { try await echo(channel) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        for _ in 1...3 {
            let answer = Task { try await echo(channel, [7], waitForReady: true) }
            await reach(.transientFailure, channel)
            try await TestServer.with(port: port) { _ in
                let late = try await answer.value
                #expect(late == [7])
                #expect(channel.state == .ready)
            }
            await reach(.idle, channel)
        }
        await channel.shutdown()
    }

    @Test("A server that leaves finishes its call; the next goes to the server in its place")
    func goAway() async throws {
        try await TestServer.with { test in
            let channel = make(local(test.port))
            let slow = Task { try await channel.unary("/test.T/Later", [], options: options) }
            let reply = try await test.events.later.futureResult.get()
            let stopped = Task { await test.server.shutdown(limit: .seconds(20)) }
            await reach(.idle, channel)
            try await TestServer.with(port: test.port) { successor in
                try await check(channel)
                #expect(successor.server.connectionCount == 1)
                reply.succeed([9])
                let finished = try await slow.value.message
                #expect(finished == [9])
                await stopped.value
                #expect(channel.state == .ready)
            }
            await channel.shutdown()
        }
    }

    @Test("Calls made all the while that servers come and go are made, each exactly once")
    func rollingRestart() async throws {
        let first = try await TestServer.with { $0.port }
        let channel = make(local(first))
        let made = Counter()
        let isOver = Counter()
        try await withThrowingTaskGroup(of: Void.self) { callers in
            for _ in 0..<3 {
                callers.addTask {
                    while isOver.count == 0 {
                        let answer = try await echo(channel, [5], waitForReady: true)
                        #expect(answer == [5])
                        made.increment()
                    }
                }
            }
            for _ in 1...8 {
                let before = made.count
                try await TestServer.with(port: first) { test in
                    try await eventually { made.count > before + 20 }
                    // Its calls are quick: none is cut off by the limit.
                    await test.server.shutdown(limit: .seconds(20))
                }
            }
            try await TestServer.with(port: first) { _ in
                isOver.increment()
                try await callers.waitForAll()
            }
        }
        #expect(made.count > 160)
        await channel.shutdown()
    }

    @Test("More calls than a connection carries wait their turn")
    func manyCalls() async throws {
        try await TestServer.with { test in
            let channel = make(local(test.port))
            try await withThrowingTaskGroup(of: Bool.self) { calls in
                for number in 0..<900 {
                    calls.addTask {
                        let message = [UInt8(number & 0xFF), UInt8(number >> 8)]
                        return try await echo(channel, message) == message
                    }
                }
                for try await isRight in calls { #expect(isRight) }
            }
            #expect(test.server.connectionCount == 1)
            await channel.shutdown()
        }
    }

    @Test("Targets in turn, a name with several addresses, IPv6, a Unix socket")
    func targets() async throws {
        let gone = try await TestServer.with { $0.port }
        let path = FileManager.default.temporaryDirectory.path + "/rpc-\(UUID().uuidString).sock"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await TestServer.with { test in
            for channel in [
                make(local(gone), .unix(path: path), local(test.port)),
                make(.tcp(host: "localhost", port: test.port)),
            ] {
                try await check(channel)
                await channel.shutdown()
            }
        }
        try await TestServer.with(host: "::1") { test in
            let channel = make(.tcp(host: "::1", port: test.port))
            try await check(channel)
            await channel.shutdown()
        }
        let channel = make(.unix(path: path))
        for _ in 1...2 {
            try await TestServer.with(unixSocket: path) { _ in
                try await check(channel, waitForReady: true)
            }
        }
        // Whoever calls while the connection is going learns that; who comes later, of the path.
        var message = ""
        while !message.contains(path) {
            let error = await #expect(throws: RPCError.self) { try await echo(channel) }
            message = try #require(error).message
        }
        await channel.shutdown()
    }

    @Test("TLS settings are asked for at each connection; their error is a failed attempt")
    func tls() async throws {
        let authority = try TestAuthority()
        let server = try authority.context("server.test", isServer: true)
        let client = try authority.context("worker.test", isServer: false)
        let asked = Counter()
        struct NoCertificate: Error {}
        let tls: @Sendable (RPCTarget) throws -> RPCClientTLS? = { _ in
            if asked.increment() == 1 { throw NoCertificate() }
            return RPCClientTLS(context: client, serverName: "server.test")
        }
        try await TestServer.with(tls: RPCServerTLS(context: { server }) { _ in "known" }) { test in
            var configuration = RPCChannelConfiguration()
            configuration.backoff.initial = .milliseconds(20)
            let channel = RPCChannel(
                targets: [local(test.port)], tls: tls, group: group, configuration: configuration,
                logger: logger)
            let error = await #expect(throws: RPCError.self) { try await echo(channel) }
            #expect(error?.message.contains("NoCertificate") == true)
            try await check(channel, waitForReady: true)
            #expect(asked.count == 2)
            await channel.shutdown()
        }
    }

    @Test("Without calls it closes its connection, and connects again for the next")
    func idle() async throws {
        try await TestServer.with { test in
            let channel = make(local(test.port)) { $0.idleTimeout = .milliseconds(50) }
            for _ in 1...3 {
                try await check(channel)
                await reach(.idle, channel)
                try await eventually { test.server.connectionCount == 0 }
            }
            // A call that is open is no idleness, however quiet.
            let held = channel.serverStream("/test.T/Held", [], options: options)
            let writer = try await test.events.held.futureResult.get()
            await #expect(throws: RPCError.self) {
                let brief = RPCCallOptions(timeout: .milliseconds(300))
                _ = try await channel.unary("/test.T/Later", [], options: brief)
            }
            writer.send([1])
            writer.finish()
            var messages: [[UInt8]] = []
            for try await message in held { messages.append(message) }
            #expect(messages == [[1]])
            await channel.shutdown()
        }
    }

    @Test("A server that accepts and leaves at once is not connected to in a loop")
    func leavesAtOnce() async throws {
        let server = try await LeavingServer.start()
        defer { server.stop() }
        let channel = make(local(server.port)) { $0.backoff.initial = .seconds(10) }
        let error = await #expect(throws: RPCError.self) { try await echo(channel) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("too_many_pings") == true)
        try await eventually { channel.state == .transientFailure }
        #expect(server.accepted.count == 2)
        await channel.shutdown()
    }

    @Test("A call that waits ends at its deadline, and with its task")
    func endsWhileWaiting() async throws {
        let gone = try await TestServer.with { $0.port }
        let channel = make(local(gone))
        await #expect(throws: RPCError.self) { try await echo(channel) }
        let brief = RPCCallOptions(timeout: .milliseconds(300))
        let error = await #expect(throws: RPCError.self) {
            try await channel.unary("/test.T/Echo", [], options: brief, waitForReady: true)
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.message.contains("127.0.0.1:\(gone)") == true)
        let stream = channel.serverStream("/test.T/Count", [1], options: brief, waitForReady: true)
        #expect(await end(of: stream).code == .deadlineExceeded)
        let call = Task { try await echo(channel, waitForReady: true) }
        await reach(.transientFailure, channel)
        call.cancel()
        let cancelled = await #expect(throws: RPCError.self) { try await call.value }
        #expect(cancelled?.code == .cancelled)
        // Nobody waits any more: it comes to rest.
        await reach(.idle, channel)
        await channel.shutdown()
    }

    @Test("A call on a connection that is cancelled tells the server")
    func cancelActive() async throws {
        try await TestServer.with { test in
            let channel = make(local(test.port))
            let stream = channel.serverStream("/test.T/Held", [], options: options)
            let reader = Task { await end(of: stream) }
            _ = try await test.events.held.futureResult.get()
            reader.cancel()
            #expect(await reader.value.code == .cancelled)
            try await test.events.heldEnded.futureResult.get()
            try await check(channel)
            await channel.shutdown()
        }
    }

    @Test("Shut down, it finishes what is under way within the limit, and takes nothing more")
    func shutdown() async throws {
        try await TestServer.with { test in
            let channel = make(local(test.port))
            async let slow = channel.unary("/test.T/Later", [], options: options)
            let reply = try await test.events.later.futureResult.get()
            async let down: Void = channel.shutdown(limit: .seconds(20))
            await reach(.shutdown, channel)
            let error = await #expect(throws: RPCError.self) {
                try await echo(channel, waitForReady: true)
            }
            #expect(error?.message.contains("shut down") == true)
            reply.succeed([3])
            #expect(try await slow.message == [3])
            await down
            await channel.shutdown()

            let hasty = make(local(test.port))
            let held = hasty.serverStream("/test.T/Held", [], options: options)
            _ = try await test.events.held.futureResult.get()
            await hasty.shutdown(limit: .milliseconds(50))
            #expect(await end(of: held).code == .unavailable)
        }
    }

    @Test("A channel that is dropped closes its connection")
    func dropped() async throws {
        try await TestServer.with { test in
            var channel: RPCChannel? = make(local(test.port))
            _ = try await channel?.unary("/test.T/Echo", [], options: options)
            #expect(test.server.connectionCount == 1)
            channel = nil
            try await eventually { test.server.connectionCount == 0 }
        }
    }
}
