import Model
import TaskLifecycle
import Testing
import WorkerCore

@Suite("A worker goes to another manager")
struct RedirectTests {
    private func send(_ story: WorkerStory, to manager: String, within: Int64 = 0) {
        story.when(
            .assignments(story.stream, .redirect(Redirect(manager: manager, within: within))))
    }

    /// It leaves at once.
    private func expectMove(_ story: WorkerStory, to manager: String) {
        story.expectSaid(.info, "sends the worker to another")
        story.expect(.disconnect(story.link))
        story.expectConnect(manager)
    }

    @Test("It goes at once; its tasks go on, and what was not acknowledged is told there")
    func goes() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.task(spec.id, story.exit(4)))
        let lost = try story.expectReport()
        send(story, to: "m2:2")
        expectMove(story, to: "m2:2")
        story.when(.reportAnswered(lost.call))
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory == lost.reports)
        #expect(registration.instance == story.instance)
        story.when(.registered(call, story.answer(session: 2)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        #expect(story.core.isReported)
        // It is that manager's worker now: a broken connection brings it back there, then home.
        try story.prove()
        for address in ["m2:2", "m1:1", "m2:2"] {
            story.when(.disconnected(story.link, reason: "closed"))
            story.expectSaid(nil, "can't be reached")
            story.sleep()
            story.expectConnect(address)
        }
    }

    @Test("When the other can't be reached, it tries those it knows, the one it left last")
    func fallsBack() throws {
        let story = WorkerStory(managers: ["m1:1", "m3:3"])
        story.when(.started([]))
        story.expectConnect("m1:1")
        try story.join(session: 1)
        send(story, to: "m2:2")
        expectMove(story, to: "m2:2")
        for address in ["m3:3", "m1:1", "m3:3"] {
            story.when(.disconnected(story.link, reason: "refused"))
            story.expectSaid(nil, "can't be reached")
            story.sleep()
            story.expectConnect(address)
        }
    }

    @Test("When the other refuses it, it tries those it knows")
    func refused() throws {
        let story = try WorkerStory.registered()
        send(story, to: "m2:2")
        expectMove(story, to: "m2:2")
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        story.when(.failed(call, WorkerRefusal(.unavailable, "stands by")))
        story.expectSaid(.warning, "can't be reached")
        story.expect(.disconnect(story.link))
        story.sleep()
        story.expectConnect("m1:1")
    }

    @Test("Given some time, it draws when to leave, and its session goes on until then")
    func within() throws {
        var left: Set<Int64> = []
        for seed in 1...20 {
            let story = WorkerStory(seed: UInt64(seed))
            story.when(.started([]))
            story.expectConnect()
            try story.join(session: 1)
            let sent = story.now
            send(story, to: "m2:2", within: 900)
            story.when(
                .assignments(story.stream, .complete(revision: 1, [task(1).running], more: false)))
            story.expectRun(.prepare(task(1)))
            story.sleep()
            #expect(story.now <= sent + 900)
            expectMove(story, to: "m2:2")
            left.insert(story.now - sent)
        }
        #expect(left.count > 15)
        #expect(left.contains { $0 < 200 } && left.contains { $0 > 700 })
    }

    @Test("The newest word holds, and no manager puts it off for longer than a minute")
    func newestHolds() throws {
        let story = try WorkerStory.registered()
        let sent = story.now
        send(story, to: "m2:2", within: Int64(UInt32.max))
        send(story, to: "m3:3", within: Int64(UInt32.max))
        var session: SessionID? = story.core.session
        while session != nil, story.now <= sent + 60_000 {
            story.sleep()
            session = story.core.session
            if session != nil { story.when(.heartbeatAnswered(try story.expectHeartbeat().call)) }
        }
        expectMove(story, to: "m3:3")
    }

    @Test("The manager itself, or what is no address, is nowhere to go")
    func nowhere() throws {
        let story = try WorkerStory.registered()
        send(story, to: "m1:1")
        story.expectNothing()
        send(story, to: String(repeating: "m", count: 301))
        story.expectSaid(.warning, "not going")
        send(story, to: String(repeating: "m", count: 301))
        story.expectSaid(.debug, "not going")
    }

    @Test("Two managers that point at each other don't make it spin: after four it stays a minute")
    func roundAndRound() throws {
        let story = try WorkerStory.registered()
        let first = story.now
        for hop in 1...4 {
            let there = hop % 2 == 0 ? "m1:1" : "m2:2"
            send(story, to: there)
            expectMove(story, to: there)
            try story.join(session: UInt64(hop) + 1)
            story.listNothing()
        }
        for attempt in 1...3 {
            send(story, to: "m2:2")
            story.expectSaid(attempt == 1 ? .warning : .debug, "not going")
        }
        #expect(story.core.session != nil, "it stays, and works")
        while story.now < first + 59_000 {
            story.sleep()
            story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        }
        send(story, to: "m2:2")
        story.expectSaid(nil, "not going")
        while story.now < first + 60_000 {
            story.sleep()
            story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        }
        send(story, to: "m2:2")
        expectMove(story, to: "m2:2")
    }

    @Test("A worker that is closing goes nowhere, and an update of an unknown kind does nothing")
    func ignored() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.assignments(story.stream, .unknown))
        story.expectNothing()
        story.when(.shutDown(stopTasks: true, within: .seconds(40)))
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        _ = try story.expectReport()
        send(story, to: "m2:2")
        story.expectNothing()
    }
}
