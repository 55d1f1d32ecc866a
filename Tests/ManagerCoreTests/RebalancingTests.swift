import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

extension Story {
    /// Time passes in small steps; how many tasks of a service ran at least, and were wanted at
    /// most.
    func watch(_ name: String, _ duration: Duration) throws -> (least: Int, most: Int) {
        let id = try service(name).id
        let end = now + duration
        var (least, most) = (Int.max, 0)
        while now < end {
            pass(.milliseconds(50))
            let live = state.liveTasks(of: id).filter { $0.desiredStatus == .running }
            least = min(least, live.count { $0.lastStatus == .running })
            most = max(most, live.count)
        }
        return (least, most)
    }

    /// How many tasks a service ever had.
    func taskCount(_ name: String) throws -> Int { try tasks(name).count }

    static let evenOverInstances = [Model.Tag(key: RebalanceRule.tag, value: "instances")]
}

@Suite("Rebalancing over instances (muster:rebalance)")
struct InstanceRebalancingTests {
    /// `web` on three workers, then on two of them, since the third was lost.
    private func story(_ tag: String = "instances", max: Int = 200) throws -> Story {
        let story = Story(workers: "a b c")
        try story.serve("web", 6, max: max, tags: [Model.Tag(key: RebalanceRule.tag, value: tag)])
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a b b c c")
        story.kill(story["c"])
        story.pass(.seconds(10))
        #expect(try story.places("web") == "a a a b b b")
        _ = story.takeWarnings()
        return story
    }

    @Test("tasks go to a worker that came back, and never fewer run than are wished")
    func returning() throws {
        let story = try story()
        story["c"].startAgain()
        let (least, most) = try story.watch("web", .seconds(60))
        #expect(try story.places("web") == "a a b b c c" && story.isSteady("web"))
        #expect(least == 6 && most == 8)
        let said = try story.events("web").suffix(3)
        #expect(
            said == [
                "has started 2 tasks to rebalance over instances: (task T) (task T).",
                "has stopped 2 running tasks to rebalance over instances: (task T) (task T).",
                "has reached a steady state.",
            ])
        let stopped = try story.tasks("web").filter { $0.stoppedReason?.contains("rebal") == true }
        #expect(stopped.count == 2)
        #expect(
            stopped[0].stoppedReason?.hasPrefix("Instance rebalancing initiated by (deployment ")
                == true)
    }

    @Test("tasks go to a worker that joins, and then nothing moves any more")
    func joining() throws {
        let story = try story()
        story.join(ToyWorker("d"))
        story.pass(.seconds(60))
        #expect(try story.places("web") == "a a b b d d")
        let count = try story.taskCount("web")
        story.pass(.seconds(7 * 3_600))
        #expect(try story.taskCount("web") <= count, "only retention changes anything")
        #expect(try story.places("web") == "a a b b d d")
    }

    @Test("no more move at a time than the tag says, and so long after the ones before")
    func budget() throws {
        let story = try story("instances/1/40")
        story["c"].startAgain()
        let (least, most) = try story.watch("web", .seconds(30))
        #expect(least == 6 && most == 7)
        #expect(try story.places("web") == "a a b b b c" || story.places("web") == "a a a b b c")
        story.pass(.seconds(60))
        #expect(try story.places("web") == "a a b b c c")
    }

    @Test("as many move as the maximum percent leaves room for")
    func maximum() throws {
        let story = try story(max: 120)
        story["c"].startAgain()
        let (least, most) = try story.watch("web", .seconds(90))
        #expect(least == 6 && most == 7)
        #expect(try story.places("web") == "a a b b c c")
    }

    @Test("nothing moves where the maximum percent leaves no room")
    func noRoom() throws {
        let story = try story(max: 100)
        story["c"].startAgain()
        story.pass(.seconds(120))
        #expect(try story.places("web") == "a a a b b b" && story.isSteady("web"))
    }

    @Test("protected tasks do not move")
    func protected() throws {
        let story = try story()
        let live = try story.tasks("web").filter { $0.lastStatus == .running }.map(\.id)
        try story.apply(.updateTaskProtection(Story.cluster, live, minutes: 60))
        story["c"].startAgain()
        story.pass(.seconds(60))
        #expect(try story.places("web") == "a a a b b b")
        try story.apply(.updateTaskProtection(Story.cluster, live, minutes: nil))
        story.join(ToyWorker("d"))
        story.pass(.seconds(90))
        #expect(Set(try story.places("web").split(separator: " ")).count == 4)
    }

    @Test("a deployment ends a round, and none begins while it goes on")
    func deployment() throws {
        let story = try story()
        story["c"].fate = { _ in .hangs }
        story["c"].startAgain()
        story.pass(.seconds(20))
        #expect(try story.tasks("web").count { $0.lastStatus == .pending } == 2, "they come up")
        story["c"].fate = { _ in .runs }
        try story.release("web")
        let (least, _) = try story.watch("web", .seconds(60))
        #expect(least >= 6)
        #expect(try story.running("web") == "2x6" && story.isSteady("web"))
        #expect(try story.places("web") == "a a b b c c")
    }

    @Test("where new tasks fail, the old ones stay, and it is tried less and less often")
    func failing() throws {
        let story = try story()
        story["c"].fate = { _ in .failsToStart }
        story["c"].startAgain()
        let (least, _) = try story.watch("web", .seconds(600))
        #expect(least == 6)
        let failed = try story.tasks("web").count { $0.stopCode == .taskFailedToStart }
        #expect((4...14).contains(failed), "\(failed) tries in ten minutes")
        #expect(try story.places("web") == "a a a b b b")
    }

    @Test("tasks that never come up are given up after a while")
    func hanging() throws {
        let story = try story()
        story["c"].fate = { _ in .hangs }
        story["c"].startAgain()
        let (least, most) = try story.watch("web", .seconds(330))
        #expect(least == 6 && most == 8)
        #expect(try story.places("web") == "a a a b b b")
    }

    @Test("a restart of the manager in the middle leaves as many tasks as are wished")
    func restart() throws {
        let story = try story()
        story["c"].fate = { _ in .hangs }
        story["c"].startAgain()
        story.pass(.seconds(20))
        story["c"].fate = { _ in .runs }
        story.restartManager()
        let (least, _) = try story.watch("web", .seconds(120))
        #expect(least == 6)
        #expect(try story.places("web") == "a a b b c c" && story.isSteady("web"))
    }

    @Test("strategies that do not spread are left alone")
    func packed() throws {
        let story = Story(workers: "a")
        try story.serve("web", 4, strategy: [.binpack(.cpu)], tags: Story.evenOverInstances)
        story.pass(.seconds(5))
        story.join(ToyWorker("b"))
        story.pass(.seconds(60))
        #expect(try story.places("web") == "a a a a")
    }

    @Test("without the tag nothing moves")
    func untagged() throws {
        let story = Story(workers: "a")
        try story.serve("web", 4)
        story.pass(.seconds(5))
        story.join(ToyWorker("b"))
        story.pass(.seconds(120))
        #expect(try story.places("web") == "a a a a")
    }

    @Test("a tag that comes later counts from the next time that something is steady")
    func tagged() throws {
        let story = Story(workers: "a")
        try story.serve("web", 4)
        story.pass(.seconds(5))
        story.join(ToyWorker("b"))
        story.pass(.seconds(60))
        try story.apply(.tag(.service(Story.service("web")), Story.evenOverInstances))
        story.pass(.seconds(60))
        #expect(try story.places("web") == "a a b b")
    }
}

@Suite("Rebalancing over availability zones (ECS semantics, section 10.3)")
struct ZoneRebalancingTests {
    private func story() throws -> Story {
        let story = Story()
        for (name, zone) in [("a", "z1"), ("b", "z2"), ("c", "z3")] {
            story.join(ToyWorker(name, zone: zone))
        }
        return story
    }

    @Test("tasks go to a zone that came back, with ECS's events and reason")
    func zones() throws {
        let story = try story()
        try story.serve("web", 5)
        story.pass(.seconds(5))
        story.kill(story["c"])
        story.pass(.seconds(10))
        _ = story.takeWarnings()
        #expect(try story.places("web").filter { $0 != " " }.count == 5)
        story["c"].startAgain()
        let (least, most) = try story.watch("web", .seconds(60))
        #expect(least == 5 && most <= 7)
        let places = try story.places("web")
        #expect(["a", "b", "c"].allSatisfy { name in places.contains(name) })
        let said = try story.events("web").filter { $0.contains("AZ") }
        let uneven = /^is not AZ balanced with [23] tasks in z1, [23] tasks in z2\. AZ Rebal.+ss\.$/
        #expect(said.first?.contains(uneven) == true)
        #expect(said.contains("has started 1 tasks in z3 to AZ Rebalance: (task T)."))
        let gone = /^has stopped 1 running tasks in z[12] due to AZ rebalancing: \(task T\)\.$/
        #expect(said.contains { $0.contains(gone) })
        let even = /^is AZ balanced with . tasks in z1, . tasks in z2, . tasks in z3\.$/
        #expect(said.last?.contains(even) == true)
        let stopped = try story.tasks("web").first { $0.stoppedReason?.contains("rebal") == true }
        let reason = "Availability-zone rebalancing initiated by (deployment ecs-svc/"
        #expect(stopped?.stoppedReason?.hasPrefix(reason) == true)
    }

    @Test("a new service has it unless it may not")
    func defaults() throws {
        let story = try story()
        func setting(_ name: String) throws -> AvailabilityZoneRebalancing? {
            try story.service(name).availabilityZoneRebalancing
        }
        try story.serve("plain", 1)
        try story.serve("tight", 1, max: 100)
        try story.serve("packed", 1, strategy: [.binpack(.cpu)])
        try story.serve(
            "spread", 1,
            strategy: [.spread("attribute:ecs.availability-zone"), .binpack(.memory)])
        try story.serveEverywhere("everywhere")
        #expect(try setting("plain") == .enabled && setting("spread") == .enabled)
        #expect(try setting("tight") == .disabled && setting("packed") == .disabled)
        #expect(try setting("everywhere") == .disabled)
        story.pass(.seconds(10))
    }

    @Test("what may not have it is told so")
    func refusals() throws {
        let story = try story()
        try story.define("web")
        func refusal(
            max: Int = 200, strategy: [PlacementStrategy] = [],
            constraints: [PlacementConstraint] = []
        ) -> String {
            story.refusal(
                of: .createService(
                    CreateService(
                        service: Story.service("web"), taskDefinition: Story.definition("web"),
                        desiredCount: 1,
                        deploymentConfiguration: .init(maximumPercent: max),
                        placementConstraints: constraints, placementStrategy: strategy,
                        availabilityZoneRebalancing: .enabled)))
        }
        #expect(refusal(max: 100).contains("its maximumPercent is 100"))
        #expect(refusal(strategy: [.spread("instanceId")]).contains("first placement strategy"))
        try story.serve("web", 1)
        var request = UpdateService(service: Story.service("web"), maximumPercent: 100)
        #expect(story.refusal(of: .updateService(request)).contains("Set it to DISABLED."))
        request.availabilityZoneRebalancing = .disabled
        try story.apply(.updateService(request))
        #expect(try story.service("web").availabilityZoneRebalancing == .disabled)
        story.pass(.seconds(10))
    }

    @Test("DISABLED moves nothing; ENABLED later does")
    func disabled() throws {
        let story = Story()
        story.join(ToyWorker("a", zone: "z1"))
        try story.define("web")
        try story.apply(
            .createService(
                CreateService(
                    service: Story.service("web"), taskDefinition: Story.definition("web"),
                    desiredCount: 4, availabilityZoneRebalancing: .disabled)))
        story.pass(.seconds(5))
        story.join(ToyWorker("b", zone: "z2"))
        story.pass(.seconds(60))
        #expect(try story.places("web") == "a a a a")
        try story.apply(
            .updateService(
                UpdateService(
                    service: Story.service("web"), availabilityZoneRebalancing: .enabled)))
        story.pass(.seconds(60))
        #expect(try story.places("web") == "a a b b")
    }
}
