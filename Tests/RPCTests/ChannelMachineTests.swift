import RPC
import Testing

@Suite("What a channel decides")
struct ChannelMachineTests {
    @Test("It connects for its first call and not before, and says so")
    func lazy() {
        let story = ChannelStory()
        #expect(story.asksForNothing)
        story.connected(1)
        story.call(2)
        story.expect(.start(2, on: story.link))
        story.when(.ended(1))
        story.when(.ended(1))
        story.when(.ended(2))
        story.expectNothing()
    }

    @Test("Calls that don't wait fail with the attempt and while the pause lasts; others go on")
    func failFast() {
        let story = ChannelStory()
        story.call(1)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.call(2, waits: true)
        story.call(3)
        story.when(.connectFailed(story.link, refusedConnection))
        story.expectEnd(1, .unavailable, "refused")
        story.expectEnd(3, .unavailable, "refused")
        story.expect(.changed(.transientFailure))
        story.call(4)
        story.expectEnd(4, .unavailable, "refused")
        story.wake()
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.call(5)
        story.when(.connected(story.link))
        story.expect(.start(2, on: story.link), .start(5, on: story.link), .changed(.ready))
    }

    @Test("Without a call that waits it does not try again, and the pauses go on growing")
    func nobodyWaits() {
        let story = ChannelStory()
        story.call(1)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.connectFailed(story.link, refusedConnection))
        story.expectEnd(1, .unavailable)
        story.expect(.changed(.transientFailure))
        story.wake()
        #expect(story.now == .seconds(1))
        story.expect(.changed(.idle))
        #expect(story.asksForNothing)
        story.call(2, waits: true)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.connectFailed(story.link, refusedConnection))
        story.expect(.changed(.transientFailure))
        story.wake()
        #expect(abs((story.now - .seconds(2.6)) / .seconds(1)) < 0.001)
        story.expectConnect()
        story.expect(.changed(.connecting))
    }

    @Test("A call's deadline holds while it waits, and its end says what kept it")
    func deadline() {
        let story = ChannelStory()
        story.call(1, waits: true, deadline: .milliseconds(1_500))
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.connectFailed(story.link, refusedConnection))
        story.expect(.changed(.transientFailure))
        story.wake()
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.wake()
        #expect(story.now == .milliseconds(1_500))
        story.expectEnd(1, .deadlineExceeded, "refused")
        story.when(.ended(1))
        story.expectNothing()
    }

    @Test("A call that is cancelled while it waits is never made")
    func cancelled() {
        let story = ChannelStory()
        story.call(1)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.ended(1))
        story.when(.connected(story.link))
        story.expect(.changed(.ready))
    }

    @Test("Contract 7: calls that wait have a bound")
    func waitingBound() {
        let story = ChannelStory { $0.waitingCallMaximum = 2 }
        story.call(1)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.call(2)
        story.call(3)
        story.expectEnd(3, .resourceExhausted, "2 calls wait")
    }

    @Test("Calls beyond what a connection may carry wait for room on it")
    func concurrencyBound() {
        let story = ChannelStory { $0.connection.concurrentCallMaximum = 2 }
        story.connected(1)
        story.call(2)
        story.expect(.start(2, on: story.link))
        story.call(3)
        story.call(4)
        story.expectNothing()
        story.when(.ended(1))
        story.expect(.start(3, on: story.link))
    }

    @Test("A server that leaves finishes its calls; new ones get a new connection")
    func goAway() {
        let story = ChannelStory()
        story.connected(1)
        let old = story.link
        story.when(.goingAway(old, serverLeaves, tooManyPings: false), after: .seconds(5))
        story.expect(.changed(.idle))
        story.call(2)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.connected(story.link))
        story.expect(.start(2, on: story.link), .changed(.ready))
        story.when(.ended(1))
        story.expect(.close(old))
        story.when(.closed(old, serverLeaves))
        story.when(.goingAway(old, serverLeaves, tooManyPings: false))
        story.expectNothing()
    }

    @Test("A server that leaves without calls is let go, and not sought before there is one")
    func goAwayIdle() {
        let story = ChannelStory()
        story.connected(1)
        story.when(.ended(1), after: .seconds(5))
        story.when(.goingAway(story.link, serverLeaves, tooManyPings: false))
        story.expect(.close(story.link), .changed(.idle))
        story.when(.closed(story.link, serverLeaves))
        #expect(story.asksForNothing)
    }

    @Test("A call that the server did not handle moves, ahead of later ones, but once only")
    func refused() {
        let story = ChannelStory { $0.connection.concurrentCallMaximum = 1 }
        story.connected(1)
        story.call(2)
        let refusal = RPCStatus(.unavailable, "the stream was cut off: refused")
        let old = story.link
        story.when(.goingAway(old, serverLeaves, tooManyPings: false), after: .seconds(5))
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.refused(1, refusal, isLinkOver: true))
        story.expect(.close(old))
        story.when(.connected(story.link))
        story.expect(.start(1, on: story.link), .changed(.ready))
        // This server is at its bound.
        story.when(.refused(1, refusal, isLinkOver: false))
        story.expect(.start(1, on: story.link))
        story.when(.refused(1, refusal, isLinkOver: false))
        story.expect(.end(1, refusal), .start(2, on: story.link))
    }

    @Test("Told that it pings too often, it pings half as often on the next connections")
    func tooManyPings() {
        let story = ChannelStory { $0.connection.keepaliveInterval = .seconds(10) }
        var intervals: [Duration?] = []
        for number in 1...4 {
            story.connected(UInt64(number))
            intervals.append(story.keepalive)
            story.when(.ended(UInt64(number)), after: .seconds(5))
            story.when(.goingAway(story.link, serverLeaves, tooManyPings: number != 3))
            story.expect(.close(story.link), .changed(.idle))
        }
        #expect(intervals == [.seconds(10), .seconds(20), .seconds(40), .seconds(40)])
    }

    @Test("After five minutes without a call it closes its connection")
    func idleTimeout() {
        let story = ChannelStory()
        story.connected(1)
        let old = story.link
        story.when(.ended(1), after: .seconds(1_000))
        story.when(.woke, after: .seconds(299))
        story.call(2)
        story.expect(.start(2, on: old))
        #expect(story.asksForNothing)
        story.when(.ended(2), after: .seconds(600))
        let from = story.now
        story.wake()
        #expect(story.now - from == .seconds(300))
        story.expect(.close(old), .changed(.idle))
        // A call before it is closed gets another.
        story.call(3)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.closed(old, serverLeaves))
        story.expectNothing()
    }

    @Test("Shut down, it makes no call any more, finishes those it made, and ends with the last")
    func shutDown() {
        let story = ChannelStory { $0.connection.concurrentCallMaximum = 1 }
        story.connected(1)
        story.call(2)
        story.when(.shutDown)
        story.expectEnd(2, .unavailable, "shut down")
        story.expect(.changed(.shutdown))
        story.call(3, waits: true)
        story.expectEnd(3, .unavailable, "shut down")
        story.when(.shutDown)
        story.when(.ended(1))
        story.expect(.close(story.link))
        story.when(.closed(story.link, serverLeaves))
        story.expect(.finished)
        story.when(.woke)
        story.expectNothing()
    }

    @Test("Shut down while it connects, it is over at once; calls that take too long are cut off")
    func shutDownNow() {
        let story = ChannelStory()
        story.call(1)
        story.expectConnect()
        story.expect(.changed(.connecting))
        story.when(.shutDown)
        story.expectEnd(1, .unavailable, "shut down")
        story.expect(.changed(.shutdown), .finished)
        story.when(.connected(story.link))
        story.expect(.close(story.link))

        let other = ChannelStory()
        other.connected(1)
        other.when(.shutDown)
        other.expect(.changed(.shutdown))
        other.when(.closeAll)
        other.expect(.close(other.link))
        other.when(.ended(1))
        other.expect(.close(other.link))
        other.when(.closed(other.link, serverLeaves))
        other.expect(.finished)
    }
}
