import Model
import TaskLifecycle
import Testing
import WorkerCore

@Suite("A worker and a manager that is slow, silent or wrong")
struct HostileManagerTests {
    /// Answers heartbeats until something else happens, or the limit.
    private func beat(_ story: WorkerStory, for milliseconds: Int64) throws {
        let end = story.now + milliseconds
        while let wake = story.wake?.milliseconds, wake < end {
            story.sleep()
            guard story.isBeating else { return }
            story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        }
        story.when(.woke, after: max(end - story.now, 0))
    }

    // MARK: The stream

    @Test("A stream that brings no complete set is opened again, over and over, and said so")
    func stalledStream() throws {
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        try story.join(session: 1)
        for attempt in 1...3 {
            let opened = story.now
            try beat(story, for: 10_000)
            #expect(story.now - opened <= 8_000)
            story.expectSaid(attempt == 1 ? .warning : .debug, "opening it again")
            let stalled = story.stream
            try beat(story, for: 6_000)
            story.expectOpen()
            story.when(
                .assignments(stalled, .complete(revision: 1, [task(1).running], more: false)))
            story.expectNothing()
        }
        story.when(
            .assignments(story.stream, .complete(revision: 1, [task(1).running], more: false)))
        story.expectRun(.prepare(task(1)))
        try beat(story, for: 60_000)
        story.expectNothing()
    }

    @Test("Each part of a complete set gives the next one time; one that never comes does not")
    func stalledParts() throws {
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        try story.join(session: 1)
        for number in UInt64(1)...3 {
            try beat(story, for: 7_000)
            story.when(
                .assignments(
                    story.stream, .complete(revision: 1, [task(number).running], more: true)))
            story.expectNothing()
        }
        try beat(story, for: 9_000)
        story.expectSaid(.warning, "opening it again")
        #expect(story.core.reports.isEmpty)
    }

    @Test("A worker that is closing does not wait for a list")
    func stalledWhileClosing() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.failed(story.stream, WorkerRefusal(.unavailable, "ended")))
        story.expectSaid(.warning, "opening it again")
        story.sleep()
        story.expectOpen()
        story.when(.shutDown(stopTasks: true, within: .seconds(60)))
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        story.when(.reportAnswered(try story.expectReport().call))
        try beat(story, for: 30_000)
        story.expectNothing()
    }

    // MARK: Time

    @Test("A worker that was frozen first reads what came, then judges the manager")
    func frozen() throws {
        let story = try WorkerStory.registered()
        story.sleep()
        let beat = try story.expectHeartbeat()
        story.when(.woke, after: 20_000)
        story.expectNothing()
        story.when(.heartbeatAnswered(beat.call), after: 100)
        _ = try story.expectHeartbeat()
        #expect(story.core.session != nil)
    }

    @Test("When nothing had come, the manager is silent a moment later; being late is no excuse")
    func frozenAndSilent() throws {
        let story = try WorkerStory.registered()
        story.sleep()
        _ = try story.expectHeartbeat()
        story.when(.woke, after: 20_000)
        #expect(try #require(story.wake).milliseconds - story.now == 500)
        // Late again: that is not put off another time.
        story.when(.woke, after: 1_000)
        story.expectSaid(.warning, "can't be reached")
        story.expect(.disconnect(story.link))
    }

    @Test("A freeze during each kind of wait is borne", arguments: [0, 1, 2])
    func frozenElsewhere(step: Int) throws {
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        if step == 0 { story.when(.woke, after: 60_000) }
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        if step == 1 { story.when(.woke, after: 60_000) }
        story.when(.registered(call, story.answer(session: 1)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        if step == 2 {
            story.when(.woke, after: 60_000)
            story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        }
        story.when(
            .assignments(story.stream, .complete(revision: 1, [task(1).running], more: false)))
        story.expectRun(.prepare(task(1)))
    }

    @Test("A clock that goes back does no harm")
    func clockGoesBack() throws {
        let story = try WorkerStory.registered(assignments: [task(1).running])
        try story.run(task(1))
        try story.prove()
        story.now -= 500
        story.when(.woke)
        story.expectNothing()
        try beat(story, for: 10_000)
        #expect(story.core.session != nil)
    }

    // MARK: Identities and inventories

    @Test("Identities go to disk one after the other, so that the last one is what is there")
    func identitiesInOrder() throws {
        let (one, two) = (InstanceID(high: 8, low: 1), InstanceID(high: 8, low: 2))
        let story = WorkerStory(identity: nil)
        story.when(.started([]))
        story.expectConnect()
        story.when(.connected(story.link))
        story.when(
            .registered(try story.expectRegister().call, story.answer(session: 1, as: one)))
        story.expect(.saveIdentity(one))
        // The disk is slow; meanwhile the connection ends and a manager makes it another instance.
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        story.sleep()
        story.expectConnect()
        story.when(.connected(story.link))
        story.when(
            .registered(try story.expectRegister().call, story.answer(session: 2, as: two)))
        story.expectNothing()
        story.when(.identitySaved(two))
        story.expectNothing()
        story.when(.identitySaved(one))
        story.expect(.saveIdentity(two))
        story.when(.identitySaved(two))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
    }

    @Test("Contract 7: tasks beyond a message are named when registering, and reported afterwards")
    func largeInventory() throws {
        let specs = (1...3).map { task($0) }
        let end = ContainerEnd(
            code: 1, reason: String(repeating: "x", count: 700),
            finishedAt: WallTime(milliseconds: 5))
        let story = WorkerStory { $0.inventoryBytesMaximum = 2_000 }
        story.when(.started(specs.map { $0.recovered(.exited(story.start, end)) }))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.task) == specs.map(\.id))
        #expect(registration.inventory.map(\.status) == [.stopped, .stopped, .pending])
        story.when(.registered(call, story.answer(session: 1)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
        let report = try story.expectReport()
        #expect(report.reports.map(\.task) == [specs[2].id])
        #expect(report.reports.map(\.status) == [.stopped])
    }

    // MARK: What is told

    @Test("Managers that are all down are each complained of once in half a minute")
    func complaints() throws {
        let story = WorkerStory(managers: ["m1:1", "m2:2", "m3:3"])
        story.when(.started([]))
        var loud = 0
        var attempts = 0
        while story.now < 60_000 {
            let level = story.attemptRefused("refused by port \(attempts % 2)")
            if level == .warning { loud += 1 }
            attempts += 1
            story.sleep()
        }
        story.takeConnect()
        #expect(attempts > 15)
        #expect((12...18).contains(loud), "three managers, two reasons, twice or three times")
    }
}
