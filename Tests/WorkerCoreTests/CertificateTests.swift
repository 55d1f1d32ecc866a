import Model
import Testing
import WorkerCore

@Suite("A worker's certificate")
struct CertificateTests {
    /// Civil time is a million milliseconds ahead of the stories' clock, which begins at 1,000.
    func certificate(renewAt: Int64 = 61_000, endsAt: Int64 = 91_000) -> CertificateTimes {
        CertificateTimes(
            renewAt: WallTime(milliseconds: 1_000_000 + renewAt),
            endsAt: WallTime(milliseconds: 1_000_000 + endsAt))
    }

    func story(_ certificate: CertificateTimes?) -> WorkerStory {
        WorkerStory(certificate: certificate) { $0.security = .mutualTLS }
    }

    /// Registered with a certificate.
    func registered(_ certificate: CertificateTimes) throws -> WorkerStory {
        let story = story(certificate)
        story.when(.started([]))
        story.expectConnect()
        try story.join(session: 1)
        story.when(.assignments(story.stream, .complete(revision: 1, [], more: false)))
        return story
    }

    @Test("A worker without one joins first, then connects to the same manager")
    func join() throws {
        let story = story(nil)
        story.when(.started([]))
        story.expectJoin()
        story.when(.joined(story.link, certificate()))
        story.expectSaid(.info, "joined")
        story.expectConnect()
        try story.join(session: 1)
        story.expectNothing()
    }

    @Test("A worker with one connects; with one that has ended it joins again")
    func stored() throws {
        let good = story(certificate())
        good.when(.started([]))
        good.expectConnect()
        let ended = story(certificate(renewAt: 500, endsAt: 900))
        ended.when(.started([]))
        ended.expectJoin()
    }

    @Test("A worker without TLS never joins")
    func plaintext() {
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
    }

    @Test(
        "A refused worker says so once, and tries again without hurry",
        arguments: [
            (WorkerRefusal.Code.unauthenticated, 2_500...5_000 as ClosedRange<Int64>),
            (.permissionDenied, 15_000...30_000), (.unavailable, 200...400),
        ])
    func refused(code: WorkerRefusal.Code, longest: ClosedRange<Int64>) throws {
        var pauses: [Int64] = []
        for seed in 1...20 as ClosedRange<UInt64> {
            let story = WorkerStory(seed: seed) { $0.security = .mutualTLS }
            story.when(.started([]))
            story.expectJoin()
            let level: WorkerCore.Diagnostic.Level = code == .unavailable ? .warning : .error
            story.when(.joinFailed(story.link, WorkerRefusal(code, "no")))
            story.expectSaid(level, "")
            story.expect(.disconnect(story.link))
            pauses.append(try #require(story.wake).milliseconds - story.now)
            story.sleep()
            story.expectJoin()
            story.when(.joinFailed(story.link, WorkerRefusal(code, "no")))
            story.expectSaid(.debug, "")
            story.expect(.disconnect(story.link))
            story.expectNothing()
        }
        #expect(longest.contains(try #require(pauses.max())))
    }

    @Test("A manager that gives no certificate in time is left")
    func slowJoin() throws {
        let story = story(nil)
        story.when(.started([]))
        story.expectJoin()
        let late = story.link
        story.sleep()
        story.expectSaid(.warning, "can't be reached")
        story.expect(.disconnect(late))
        story.when(.joined(late, certificate()))
        story.expectNothing()
        story.sleep()
        story.expectJoin()
    }

    @Test("A certificate that is over when it is issued tells of a wrong clock")
    func wrongClock() {
        let story = story(nil)
        story.when(.started([]))
        story.expectJoin()
        story.when(.joined(story.link, certificate(renewAt: 100, endsAt: 200)))
        story.expectSaid(.error, "can't join")
        story.expect(.disconnect(story.link))
    }

    @Test("It is renewed when it is time, not all at once, and the connection stays")
    func renewal() throws {
        var moments: Set<Int64> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            let story = WorkerStory(certificate: certificate(), seed: seed) {
                $0.security = .mutualTLS
            }
            story.when(.started([]))
            story.expectConnect()
            try story.join(session: 1)
            story.listNothing()
            let call = try story.beatUntilRenewal()
            moments.insert(story.now)
            #expect((61_000...65_200).contains(story.now))
            story.when(.renewed(call, certificate(renewAt: 121_000, endsAt: 151_000)))
            story.expectSaid(.info, "renewed")
            let next = try story.beatUntilRenewal()
            #expect((121_000...125_200).contains(story.now))
            story.when(.renewed(next, certificate(renewAt: 900_000, endsAt: 990_000)))
            story.expectSaid(.info, "renewed")
        }
        #expect(moments.count > 3, "jitter")
    }

    @Test("What can't be renewed now is tried again, several times before the end")
    func renewalFails() throws {
        let story = try registered(certificate())
        let first = try story.beatUntilRenewal()
        let began = story.now
        story.when(.failed(first, WorkerRefusal(.exhausted, "busy")))
        story.expectSaid(.warning, "was not renewed")
        _ = try story.beatUntilRenewal()
        #expect((3_000...4_300).contains(story.now - began))
        while true {
            story.sleep()
            if story.expectBeatOrNothing() == false { break }
        }
        story.expectSaid(.warning, "was not renewed")
        _ = try story.beatUntilRenewal()
        #expect(story.now < 91_000)
    }

    @Test("A revoked worker is told so and comes back seldom; it does not join by itself")
    func revoked() throws {
        let story = try registered(certificate(endsAt: 9_000_000))
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        let start = story.now
        for attempt in 0..<20 {
            story.sleep()
            story.expectConnect()
            story.when(.connected(story.link))
            let call = try story.expectRegister().call
            story.when(.failed(call, WorkerRefusal(.permissionDenied, "worker w was revoked")))
            // Aloud at first; the same again only once in a while.
            story.expectSaid(attempt == 0 ? .error : nil, "refuses this worker")
            story.expect(.disconnect(story.link))
        }
        // Drawn from 30 s each time: 15 s on average.
        #expect(story.now - start > 20 * 8_000)
    }

    @Test(
        "A session whose worker lost its right ends, whichever call says so",
        arguments: [WorkerRefusal.Code.unauthenticated, .permissionDenied])
    func sessionRefused(code: WorkerRefusal.Code) throws {
        let refusal = WorkerRefusal(code, "no")
        let certificate = certificate(endsAt: 191_000)
        let onStream = try registered(certificate)
        onStream.when(.failed(onStream.stream, refusal))
        let onBeat = try registered(certificate)
        onBeat.sleep()
        onBeat.when(.failed(try onBeat.expectHeartbeat().call, refusal))
        let onRenewal = try registered(certificate)
        onRenewal.when(.failed(try onRenewal.beatUntilRenewal(), refusal))
        for story in [onStream, onBeat, onRenewal] {
            story.expectSaid(.error, "")
            story.expect(.disconnect(story.link))
            story.sleep()
            // Not known is not revoked: a token may help.
            code == .unauthenticated ? story.expectJoin() : story.expectConnect()
        }
    }

    @Test("A manager that no longer knows the worker lets it join again")
    func unknown() throws {
        let story = story(certificate())
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        let call = try story.expectRegister().call
        story.when(.failed(call, WorkerRefusal(.unauthenticated, "not known")))
        story.expectSaid(.error, "can't join")
        story.expect(.disconnect(story.link))
        story.sleep()
        story.expectJoin()
        story.when(.joined(story.link, certificate()))
        story.expectSaid(.info, "joined")
        story.expectConnect()
    }

    @Test("Who was away too long joins again; its tasks went on")
    func endedWhileAway() throws {
        let story = try registered(certificate())
        story.when(.disconnected(story.link, reason: "closed"), after: 100_000)
        story.expectSaid(.warning, "tasks go on")
        story.sleep()
        story.expectJoin()
    }
}
