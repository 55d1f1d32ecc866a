import Model
import Testing
import WorkerCore

@Suite("A worker's session")
struct SessionTests {
    @Test("A new worker connects, registers, saves its identity, and only then follows the list")
    func firstContact() throws {
        let story = WorkerStory(identity: nil)
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.instance == nil)
        #expect(registration.name == "worker-1")
        story.when(.registered(call, story.answer(session: 1)))
        story.expect(.saveIdentity(story.instance))
        story.expectNothing()
        story.when(.identitySaved(story.instance))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        let beat = try story.expectHeartbeat()
        #expect(beat.heartbeat.sequence == 1)
        #expect(story.core.session == SessionID(high: 0, low: 1))
        story.expectNothing()
    }

    @Test("A worker whose identity can't be saved takes no tasks and tries again later")
    func identityNotSaved() throws {
        let story = WorkerStory(identity: nil)
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        story.when(.registered(call, story.answer(session: 1)))
        story.expect(.saveIdentity(story.instance))
        story.when(.identityNotSaved(story.instance, reason: "no space"))
        story.expectSaid(.error, "identity can't be saved")
        story.expect(.disconnect(story.link))
        #expect(story.core.session == nil)
        let pause = try #require(story.wake).milliseconds - story.now
        #expect((0...5_000).contains(pause))
        story.sleep()
        story.expectConnect()
    }

    @Test("Heartbeats go out every period, ten percent more or less, one at a time")
    func heartbeats() throws {
        let story = try WorkerStory.registered()
        var pauses: Set<Int64> = []
        for sequence in 2...20 {
            let pause = try #require(story.wake).milliseconds - story.now
            #expect((900...1_100).contains(pause))
            pauses.insert(pause)
            story.sleep()
            let beat = try story.expectHeartbeat()
            #expect(beat.heartbeat.sequence == UInt64(sequence))
            #expect(beat.heartbeat.acknowledged == 1)
            story.when(.heartbeatAnswered(beat.call))
        }
        #expect(pauses.count > 5, "jitter")
        story.expectNothing()
    }

    @Test("A late heartbeat's answer brings the next one at once")
    func lateHeartbeat() throws {
        let story = try WorkerStory.registered()
        story.sleep()
        let slow = try story.expectHeartbeat()
        story.when(.woke, after: 1_500)
        story.when(.heartbeatAnswered(slow.call))
        _ = try story.expectHeartbeat()
        story.expectNothing()
    }

    @Test("The manager's new heartbeat settings hold from then on")
    func newSettings() throws {
        let story = try WorkerStory.registered()
        let settings = HeartbeatSettings(period: 200, lease: 600)
        story.when(.assignments(story.stream, .heartbeat(settings)))
        #expect(try #require(story.wake).milliseconds - story.now <= 200)
        story.sleep()
        story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        #expect((180...220).contains(try #require(story.wake).milliseconds - story.now))
    }

    @Test("A heartbeat that stays unanswered for the lease ends the connection")
    func silentManager() throws {
        let story = try WorkerStory.registered()
        story.sleep()
        _ = try story.expectHeartbeat()
        story.when(.woke, after: 2_999)
        story.when(.woke, after: 1)
        story.expectSaid(.warning, "can't be reached")
        story.expect(.disconnect(story.link))
        story.sleep()
        story.expectConnect()
    }

    @Test("Pauses have full jitter, grow from 0.4 s to 5 s, and go round the managers")
    func backoff() throws {
        var pauses: [[Int64]] = Array(repeating: [], count: 10)
        for seed in 1...200 {
            let story = WorkerStory(managers: ["m1:1", "m2:2"], seed: UInt64(seed))
            story.when(.started([]))
            for attempt in pauses.indices {
                story.expectConnect(attempt % 2 == 0 ? "m1:1" : "m2:2")
                story.when(.disconnected(story.link, reason: "refused"))
                // Aloud the first time, and then every half a minute.
                story.expectSaid(attempt == 0 ? .warning : nil, "can't be reached")
                pauses[attempt].append(try #require(story.wake).milliseconds - story.now)
                story.sleep()
            }
            story.expectConnect()
        }
        for (drawn, longest) in zip(pauses, [400, 640, 1_024, 1_638, 2_620, 4_192, 5_000, 5_000]) {
            #expect(drawn.allSatisfy { (1...Int64(longest)).contains($0) })
            let mean = Int(drawn.reduce(0, +)) / drawn.count
            #expect((longest * 4 / 10...longest * 6 / 10).contains(mean))
            #expect(drawn.contains { $0 < longest / 20 })
            #expect(drawn.contains { $0 > longest * 19 / 20 })
        }
    }

    @Test("A proven session resets the pauses, and its manager is tried before those it told of")
    func learning() throws {
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        story.when(.registered(call, story.answer(session: 1, managers: ["m1:1", "m9:9"])))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        try story.prove()
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        #expect(try #require(story.wake).milliseconds - story.now <= 400)
        story.sleep()
        story.expectConnect("m1:1")
        story.when(.disconnected(story.link, reason: "refused"))
        story.expectSaid(.warning, "can't be reached")
        story.sleep()
        story.expectConnect("m9:9")
    }

    @Test("What a manager tells of its peers never pushes out what was configured")
    func tooManyPeers() throws {
        let configured = ["m1:1", "m2:2", "m3:3"]
        let story = WorkerStory(managers: configured) { $0.managersMaximum = 5 }
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        let told = [String(repeating: "x", count: 301)] + (4...90).map { "m\($0):1" }
        story.when(.registered(call, story.answer(session: 1, managers: told)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
        var tried: [String] = []
        for address in ["m4:1", "m5:1", "m2:2", "m3:3", "m1:1", "m4:1"] {
            story.when(.disconnected(story.link, reason: "closed"))
            story.expectSaid(nil, "can't be reached")
            story.sleep()
            story.expectConnect(address)
            tried.append(address)
        }
        #expect(Set(tried).isSuperset(of: configured))
    }

    @Test("A manager that accepts but does not answer is left after the timeout")
    func silentRegistration() throws {
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        story.when(.woke, after: 5_000)
        story.expectSaid(.warning, "can't be reached")
        story.expect(.disconnect(story.link))
        story.sleep()
        story.expectConnect()
        story.when(.connected(story.link))
        let (late, _) = try story.expectRegister()
        story.when(.woke, after: 5_000)
        story.expectSaid(.warning, "can't be reached")
        story.expect(.disconnect(story.link))
        story.when(.registered(late, story.answer(session: 1)))
        #expect(story.core.session == nil, "an answer of a call given up changes nothing")
        story.expectNothing()
    }

    @Test(
        "A refused registration is tried again, and says what to do",
        arguments: [
            (WorkerRefusal.Code.alreadyExists, "another worker uses", 400),
            (.notFound, "cluster does not exist", 5_000),
            (.invalidArgument, "refused the worker", 5_000),
        ] as [(WorkerRefusal.Code, String, Int64)])
    func refused(code: WorkerRefusal.Code, said: String, longest: Int64) throws {
        var pauses: [Int64] = []
        for seed in 1...50 {
            let story = WorkerStory(seed: UInt64(seed))
            story.when(.started([]))
            story.expectConnect()
            story.when(.connected(story.link))
            let (call, _) = try story.expectRegister()
            story.when(.failed(call, WorkerRefusal(code, "why")))
            story.expectSaid(.error, said)
            story.expect(.disconnect(story.link))
            pauses.append(try #require(story.wake).milliseconds - story.now)
            story.sleep()
            story.expectConnect()
        }
        #expect((longest * 9 / 10...longest).contains(try #require(pauses.max())))
    }

    @Test("A manager at its bounds is asked again on the same connection, then on a new one")
    func exhausted() throws {
        let story = WorkerStory(managers: ["m1:1", "m2:2"])
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        for attempt in 0..<8 {
            let (call, _) = try story.expectRegister()
            story.when(.failed(call, WorkerRefusal(.exhausted, "full")))
            story.expectSaid(attempt == 0 ? .warning : .debug, "is at a bound")
            story.sleep()
        }
        let (call, _) = try story.expectRegister()
        story.when(.failed(call, WorkerRefusal(.exhausted, "full")))
        story.expectSaid(.debug, "is at a bound")
        story.expect(.disconnect(story.link))
        story.sleep()
        story.expectConnect("m2:2")
        story.when(.connected(story.link))
        let (last, _) = try story.expectRegister()
        story.when(.failed(last, WorkerRefusal(.exhausted, "full")))
        story.expectSaid(nil, "is at a bound")
        let wake = story.wake
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        #expect(story.wake == wake, "the end of the connection adds no pause")
        story.sleep()
        story.expectConnect("m1:1")
    }

    @Test("Contract 4: a stale session is given up and the worker registers with its inventory")
    func staleSession() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        try story.prove()
        story.sleep()
        let beat = try story.expectHeartbeat()
        story.when(.failed(beat.call, WorkerRefusal(.staleSession, "stale")))
        story.expectSaid(.warning, "stale")
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.status) == [.running])
        #expect(registration.instance == story.instance)
        story.when(.registered(call, story.answer(session: 2)))
        story.expectSaid(.info, "registered")
        let earlier = story.stream
        story.expectOpen()
        #expect(try story.expectHeartbeat().heartbeat.session == SessionID(high: 0, low: 2))
        // The list of the earlier session has nothing more to say.
        story.when(.assignments(earlier, .complete(revision: 9, [], more: false)))
        story.expectNothing()
        #expect(story.core.reports.count == 1)
    }

    @Test("A session that is stale from the start is not renewed in a tight loop")
    func neverProven() throws {
        let stale = WorkerRefusal(.staleSession, "stale")
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        story.when(.registered(call, story.answer(session: 1)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        let beat = try story.expectHeartbeat()
        story.when(.failed(beat.call, stale))
        story.expectSaid(.warning, "stale")
        story.expect(.disconnect(story.link))
        #expect(try #require(story.wake).milliseconds > story.now)
        story.sleep()
        story.expectConnect()
    }

    @Test("A session that worked and ended soon is followed by the next, for so long as it may be")
    func endedSoon() throws {
        let stale = WorkerRefusal(.staleSession, "stale")
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        try story.join(session: 1)
        for session in 0..<WorkerCore.quickReturnsMaximum {
            story.when(.failed(story.stream, stale))
            story.expectSaid(.warning, "stale")
            let pause = try #require(story.wake).milliseconds - story.now
            #expect((1...100).contains(pause))
            story.sleep()
            let (call, _) = try story.expectRegister()
            story.when(.registered(call, story.answer(session: UInt64(session + 2))))
            story.expectSaid(.info, "registered")
            story.expectOpen()
            story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        }
        // A manager that does this for ever gets no further.
        story.when(.failed(story.stream, stale))
        story.expectSaid(.warning, "stale")
        story.expect(.disconnect(story.link))
        #expect(try #require(story.wake).milliseconds > story.now)
    }

    @Test(
        "Contract 4: an agent that was frozen registers again and stops what is no longer its own")
    func frozen() throws {
        let (kept, replaced) = (task(1), task(2))
        let story = try WorkerStory.registered(assignments: [kept.running])
        try story.run(kept)
        story.change(.put(replaced.running), from: 1)
        try story.run(replaced)
        story.sleep()
        let beat = try story.expectHeartbeat()
        story.when(.heartbeatAnswered(beat.call))
        // Frozen for a minute: the heartbeat that was due goes out and finds the session gone.
        story.when(.woke, after: 60_000)
        let late = try story.expectHeartbeat()
        story.when(.failed(late.call, WorkerRefusal(.staleSession, "stale")))
        story.expectSaid(.warning, "stale")
        try story.accept(session: 2)
        story.when(.assignments(story.stream, .complete(revision: 1, [kept.running], more: false)))
        story.expectRun(.stop(replaced.id, container: "web", timeout: stopWeb))
        let report = try story.expectReport()
        #expect(report.reports.map(\.task) == [replaced.id])
        story.expectNothing()
    }

    @Test("Same events, same seed: the same effects")
    func deterministic() throws {
        func pauses(seed: UInt64) throws -> [Int64] {
            let story = WorkerStory(seed: seed)
            story.when(.started([]))
            return try (0..<8).map { attempt in
                story.expectConnect()
                story.when(.disconnected(story.link, reason: "refused"))
                story.expectSaid(attempt == 0 ? .warning : .debug, "can't be reached")
                let pause = try #require(story.wake).milliseconds - story.now
                story.sleep()
                if attempt == 7 { story.expectConnect() }
                return pause
            }
        }
        #expect(try pauses(seed: 5) == pauses(seed: 5))
        #expect(try pauses(seed: 5) != pauses(seed: 6))
    }
}
