import RPC
import Testing

@Suite("A channel's attempts to connect")
struct ChannelBackoffTests {
    /// When attempts start while each fails at once, and a call waits.
    private func starts(_ count: Int, jitter: Double) -> [Duration] {
        let story = ChannelStory { $0.idleTimeout = nil }
        story.jitter(jitter)
        story.call(1, waits: true)
        var starts: [Duration] = []
        for attempt in 1...count {
            story.expectConnect()
            story.expect(.changed(.connecting))
            starts.append(story.now)
            story.when(.connectFailed(story.link, refusedConnection))
            story.expect(.changed(.transientFailure))
            if attempt < count { story.wake() }
        }
        return starts
    }

    @Test(
        "Pauses are those of gRPC's document: 1 s, then 1.6 times as long, at most 120 s, ±20 %",
        arguments: [-1, -0.5, 0, 1] as [Double])
    func pauses(jitter: Double) {
        let found = starts(16, jitter: jitter)
        var expected = [Duration.zero, .seconds(1)]
        var pause = 1.0
        while expected.count < found.count {
            pause = min(pause * 1.6, 120)
            expected.append(expected[expected.count - 1] + .seconds(pause * (1 + 0.2 * jitter)))
        }
        for (found, expected) in zip(found, expected) {
            #expect(abs((found - expected) / .seconds(1)) < 0.001)
        }
        let last = (found[15] - found[14]) / .seconds(1)
        #expect(abs(last - 120 * (1 + 0.2 * jitter)) < 0.001)
    }

    @Test("A pause counts from the start of the attempt: one that took long is followed at once")
    func slowAttempts() {
        let story = ChannelStory()
        story.call(1, waits: true)
        story.expectConnect()
        story.expect(.changed(.connecting))
        #expect(story.within == .seconds(20), "the least that an attempt is given")
        story.when(.connectFailed(story.link, refusedConnection), after: .seconds(3))
        story.expectConnect()
    }

    @Test("An attempt is given as long as the pause when that is more than 20 s")
    func longAttempts() {
        let story = ChannelStory { $0.idleTimeout = nil }
        story.call(1, waits: true)
        var given: [Duration] = []
        for _ in 1...12 {
            story.expectConnect()
            story.expect(.changed(.connecting))
            given.append(story.within)
            story.when(.connectFailed(story.link, refusedConnection))
            story.expect(.changed(.transientFailure))
            story.wake()
        }
        story.expectConnect()
        story.expect(.changed(.connecting))
        #expect(given[..<7].allSatisfy { $0 == .seconds(20) })
        #expect(given[7] > .seconds(26) && given[7] < .seconds(27))
        #expect(given[11] == .seconds(120))
    }

    @Test("An attempt that is never answered fails by itself, and its late connection is closed")
    func neverAnswered() {
        let story = ChannelStory()
        story.call(1)
        story.expectConnect()
        story.expect(.changed(.connecting))
        let late = story.link
        story.wake()
        #expect(story.now == .seconds(20))
        story.expectEnd(1, .unavailable, "in time")
        // The pause was over long ago.
        story.expect(.changed(.transientFailure))
        story.when(.connected(late))
        story.expect(.close(late), .changed(.idle))
        story.when(.connectFailed(late, refusedConnection))
        story.expectNothing()
    }

    @Test("Targets are tried in turn within the attempt's time; the last one's failure is told")
    func targets() {
        let story = ChannelStory(targets: 3)
        story.call(1)
        story.expectConnect(target: 0)
        story.expect(.changed(.connecting))
        #expect(story.within == .seconds(20) / 3)
        story.when(.connectFailed(story.link, refusedConnection), after: .seconds(2))
        story.expectConnect(target: 1)
        #expect(story.within == .seconds(9))
        story.wake()
        #expect(story.now == .seconds(11))
        story.expectConnect(target: 2)
        #expect(story.within == .seconds(9))
        story.when(.connectFailed(story.link, RPCError(.unavailable, "nobody there")))
        story.expectEnd(1, .unavailable, "nobody there")
        // The pause was over long ago.
        story.expect(.changed(.idle))
    }

    @Test("A connection resets the pauses")
    func reset() {
        let story = ChannelStory()
        story.call(1, waits: true)
        for _ in 0..<5 {
            story.expectConnect()
            story.expect(.changed(.connecting))
            story.when(.connectFailed(story.link, refusedConnection))
            story.expect(.changed(.transientFailure))
            story.wake()
        }
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.connected(story.link))
        story.expect(.start(1, on: story.link), .changed(.ready))
        story.when(.closed(story.link, serverLeaves), after: .seconds(10))
        story.expect(.changed(.idle))
        story.call(2, waits: true)
        story.expectConnect()
        story.expect(.changed(.connecting))
        let start = story.now
        story.when(.connectFailed(story.link, refusedConnection))
        story.expect(.changed(.transientFailure))
        story.wake()
        #expect(story.now - start == .seconds(1))
        story.expectConnect()
        story.expect(.changed(.connecting))
    }

    @Test("A server that accepts and closes is tried once more at once, then with growing pauses")
    func acceptsAndCloses() {
        let story = ChannelStory()
        var starts: [Duration] = []
        story.call(1, waits: true)
        for attempt in 1...6 {
            story.expectConnect()
            story.expect(.changed(.connecting))
            starts.append(story.now)
            story.when(.connected(story.link))
            story.expect(.start(1, on: story.link), .changed(.ready))
            let over = RPCStatus(.unavailable, "the server is going away")
            story.when(.refused(1, over, isLinkOver: true))
            if attempt == 1 {
                story.expect(.close(story.link))
            } else {
                story.expect(.close(story.link), .changed(.transientFailure))
                story.wake()
            }
        }
        story.expectConnect()
        story.expect(.changed(.connecting))
        let pauses = zip(starts.dropFirst(), starts).map { ($0 - $1) / .seconds(1) }
        for (found, expected) in zip(pauses, [0, 1, 1.6, 2.56, 4.096]) {
            #expect(abs(found - expected) < 0.001)
        }
    }
}
