import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A DAEMON service (ECS semantics, section 12.3)")
struct DaemonTests {
    @Test("runs one task on each instance, and counts them as its desired count")
    func everywhere() throws {
        let story = Story(workers: "a b c")
        try story.serveEverywhere("agent")
        story.pass(.seconds(5))
        #expect(try story.places("agent") == "a b c" && story.isSteady("agent"))
        #expect(try story.service("agent").desiredCount == 3)
        #expect(try story.deployments("agent") == "1 COMPLETED")
    }

    @Test("is on a joining instance before those that wait for room there")
    func joining() throws {
        let story = Story(workers: "a")
        try story.define("agent", cpu: 1_000)
        try story.define("web", cpu: 3_500)
        try story.serveEverywhere("agent")
        story.pass(.seconds(5))
        try story.serve("web", 1)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "")
        story.join(ToyWorker("b"))
        story.pass(.seconds(5))
        #expect(try story.places("agent") == "a b")
        #expect(try story.places("web") == "", "b has no room left for it")
        #expect(try story.service("agent").desiredCount == 2)
    }

    @Test("goes last from an instance that drains, and comes back with it")
    func draining() throws {
        let story = Story(workers: "a b")
        try story.serveEverywhere("agent")
        try story.serve("web", 2)
        try story.define("job")
        story.pass(.seconds(5))
        _ = try story.run("job", 1, strategy: [.binpack(.cpu)])
        story.pass(.seconds(5))
        let host = try #require(story.state.tasks.values.first { $0.group == "family:job" })
        let worker = try #require(story.workers.first { $0.instance == host.instance })
        try story.drain(worker.name)
        story.pass(.seconds(10))
        #expect(try story.places("agent") == "a b", "a standalone task is there yet")
        #expect(try story.service("agent").desiredCount == 1)
        try story.stop(host.id)
        story.pass(.seconds(5))
        #expect(try story.places("agent") == (worker.name == "a" ? "b" : "a"))
        #expect(try story.isSteady("agent"))
        try story.drain(worker.name, to: .active)
        story.pass(.seconds(5))
        #expect(try story.places("agent") == "a b")
    }

    @Test("wants none on an instance that is lost, and one again when it is back")
    func lost() throws {
        let story = Story(workers: "a b c")
        try story.serveEverywhere("agent")
        story.pass(.seconds(5))
        story.kill(story["b"])
        story.pass(.seconds(5))
        #expect(try story.places("agent") == "a c" && story.isSteady("agent"))
        #expect(try story.service("agent").desiredCount == 2)
        story["b"].startAgain()
        story.pass(.seconds(10))
        #expect(try story.places("agent") == "a b c" && story.isSteady("agent"))
        try story.deregister("c", force: true)
        story.pass(.seconds(5))
        #expect(try story.places("agent") == "a b" && story.isSteady("agent"))
        _ = story.takeWarnings()
    }

    @Test("is only where the required attributes are, and stops where they end")
    func attributes() throws {
        let story = Story()
        let ssd = Attribute(name: "disk", value: "ssd")
        story.join(ToyWorker("a", attributes: [ssd]))
        story.join(ToyWorker("b"))
        try story.define("agent", attributes: [ssd])
        try story.serveEverywhere("agent")
        story.pass(.seconds(5))
        #expect(try story.places("agent") == "a" && story.service("agent").desiredCount == 1)
        #expect(try story.isSteady("agent"))
        story["b"].attributes = [ssd]
        story["a"].attributes = []
        for name in ["a", "b"] { story.restartAgent(story[name]) }
        story.pass(.seconds(10))
        #expect(try story.places("agent") == "b" && story.isSteady("agent"))
    }

    @Test("rolls out by stopping the old first, as many as the minimum leaves")
    func rollsOut() throws {
        let story = Story(workers: "a b c d")
        try story.serveEverywhere("agent", min: 50)
        story.pass(.seconds(5))
        try story.release("agent")
        #expect(try story.tasks("agent").count { $0.desiredStatus == .stopped } == 2)
        story.pass(.seconds(10))
        #expect(try story.running("agent") == "2x4" && story.isSteady("agent"))
        #expect(try story.places("agent") == "a b c d")
    }

    @Test("of a broken revision is rolled back everywhere")
    func rollback() throws {
        let story = Story(workers: "a b c")
        story.fate { $0 == 2 ? .failsToStart : .runs }
        try story.serveEverywhere("agent", breaker: RollbackTests.on)
        story.pass(.seconds(5))
        try story.release("agent")
        story.pass(.seconds(50))
        #expect(try story.running("agent") == "1x3" && story.isSteady("agent"))
        #expect(try story.records("agent") == "1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL")
    }

    @Test("waits where there is no room, and says so")
    func noRoom() throws {
        let story = Story(workers: "a b")
        try story.define("web", cpu: 4_000)
        try story.serve("web", 1)
        story.pass(.seconds(3))
        let full = try story.places("web")
        try story.serveEverywhere("agent")
        story.pass(.seconds(5))
        #expect(try story.places("agent") == (full == "a" ? "b" : "a"))
        #expect(try story.service("agent").desiredCount == 2)
        #expect(
            try story.events("agent").contains { $0.contains("has insufficient CPU units") })
        try story.update("web", count: 0)
        story.pass(.seconds(5))
        #expect(try story.places("agent") == "a b" && story.isSteady("agent"))
    }

    @Test("takes no desired count, no strategy, no other maximum; is deleted as it stands")
    func refusals() throws {
        let story = Story(workers: "a")
        try story.serveEverywhere("agent")
        story.pass(.seconds(5))
        func refusal(_ change: (inout UpdateService) -> Void) -> String {
            var request = UpdateService(service: Story.service("agent"))
            change(&request)
            return story.refusal(of: .updateService(request))
        }
        #expect(refusal { $0.desiredCount = 5 }.contains("leave desiredCount out"))
        #expect(refusal { $0.maximumPercent = 200 }.contains("must be 100; it is 200"))
        #expect(refusal { $0.placementStrategy = [.random] }.contains("no placement strategy"))
        try story.delete("agent", force: false)
        story.pass(.seconds(5))
        #expect(try story.service("agent").status == .inactive)
    }
}
