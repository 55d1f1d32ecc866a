import Advice
import Model
import Testing
import TownSupport

@Suite("Why a service is as it is")
struct ServiceExplanationTests {
    @Test("one that has all it wishes is steady")
    func steady() throws {
        let town = try Town("a b")
        try town.serve("web", 3)
        let account = try town.account("web")
        #expect(account.verdict == .steady)
        #expect(account.summary == "All 3 tasks run and its deployment is completed.")
        #expect(account.running == 3 && account.pending == 0 && account.remedies.isEmpty)
        #expect(account.deployments.map(\.running) == [3])
        #expect(account.bounds.lower == 3 && account.bounds.upper == 6)
        // Where the next task would go.
        let placement = try #require(account.placement)
        #expect(placement.basis == .now && placement.candidates == 2 && placement.fitting == 2)
        #expect(placement.ranking.map(\.scores) == [[1], [2]])
        #expect(account.events.first?.message.contains("steady state") == true)
    }

    @Test("one that starts tasks says what it waits for")
    func moving() throws {
        let town = try Town("a b")
        try town.ask(Town.definition("web"))
        try town.ask(Town.create("web", 2))
        #expect(try town.account("web").summary == "It waits for 2 tasks to run.")
        for task in try town.tasks("web") { town.report(task, .running) }
        let account = try town.account("web")
        #expect(account.verdict == .moving)
        #expect(account.summary == "It waits for 2 tasks to prove healthy.")
    }

    @Test("one without room names the nearest miss, by how much, and what each filter removed")
    func noRoom() throws {
        let town = try Town([
            .init(name: "small", cpu: 128), .init(name: "near", cpu: 512, memory: 300),
            .init(name: "gone"),
        ])
        town.lose("gone")
        try town.serve("web", 3, cpu: 256, memory: 200)
        let account = try town.account("web")
        #expect(account.verdict == .noRoom)
        #expect(
            account.summary
                == "2 tasks are missing: of 3 instances none can take another. near comes nearest: "
                + "200 MiB of memory are needed and 100 are free.")
        #expect(account.remedies == ["100 more MiB of memory on near"])
        #expect(account.nextTry?.contains("as soon as") == true)
        let placement = try #require(account.placement)
        #expect(placement.removed.map(\.reason) == ["AGENT", "RESOURCE:CPU", "RESOURCE:MEMORY"])
        let nearest = try #require(placement.nearest)
        #expect(nearest.worker == "near" && nearest.missing == 100 && nearest.needed == 200)
        #expect(Set(placement.obstacles.map(\.worker)) == ["small", "near", "gone"])
    }

    @Test("one in an empty cluster says so")
    func empty() throws {
        let town = try Town("")
        try town.serve("web", 1)
        let account = try town.account("web")
        #expect(account.verdict == .noRoom)
        #expect(account.summary.contains("has no container instances"))
    }

    @Test(
        "one between its bounds says which bound would help", arguments: [(100, 100), (100, 125)])
    func blocked(min: Int, max: Int) throws {
        let town = try Town("a b")
        try town.serve("web", 3, min: min, max: max)
        try town.ask(Town.update("web", force: true))
        let account = try town.account("web")
        #expect(account.verdict == .blocked)
        #expect(account.summary.contains("At most 3 tasks may be there and 3 are"))
        #expect(
            account.remedies == [
                "a maximumPercent of 134 or more", "a minimumHealthyPercent of 66 or less",
            ])
        try town.ask(Town.update("web", max: 134))
        #expect(try town.account("web").verdict == .moving)
    }

    @Test("one whose tasks fail says when it tries again, and why they end")
    func throttled() throws {
        let town = try Town("a b")
        try town.ask(Town.definition("web"))
        try town.ask(Town.create("web", 1, breaker: .init(enable: false, rollback: false)))
        for _ in 0..<4 {
            town.pass(.seconds(10))
            for task in try town.tasks("web") where task.lastStatus != .stopped {
                town.report(task, .stopped, code: 1, ran: .essentialContainerExited)
            }
        }
        let account = try town.account("web")
        #expect(account.verdict == .throttled)
        let next = try #require(account.nextTryAt)
        #expect(next > town.wall.milliseconds)
        #expect(account.recentStops.first?.exitCodes == [1])
        #expect(account.deployments.first?.failedTasks ?? 0 >= 2)
        #expect(account.deployments.first?.failedTasksMaximum == nil)
    }

    @Test("one whose deployment failed says that it launches nothing any more")
    func failed() throws {
        let town = try Town("a b")
        try town.ask(Town.definition("web"))
        try town.ask(Town.create("web", 1, breaker: .init(enable: true, rollback: false)))
        for _ in 0..<6 {
            for task in try town.tasks("web") where task.lastStatus != .stopped {
                town.report(task, .stopped, code: 1, ran: .essentialContainerExited)
            }
            town.pass(.seconds(10))
        }
        let account = try town.account("web")
        #expect(account.verdict == .failed)
        #expect(account.summary.contains("circuit breaker"))
    }

    @Test("one that only protected tasks hold names the end of their protection")
    func protected() throws {
        let town = try Town("a b")
        try town.serve("web", 2)
        let ids = try town.tasks("web").map(\.id)
        try town.ask(.updateTaskProtection(Town.cluster, ids, minutes: 10))
        try town.ask(Town.update("web", count: 0))
        let account = try town.account("web")
        #expect(account.verdict == .protected)
        #expect(account.nextTryAt == town.wall.milliseconds + 600_000)
    }

    @Test("a deleted one tells what is left of it")
    func draining() throws {
        let town = try Town("a b")
        try town.serve("web", 2)
        try town.ask(
            .deleteService(ServiceReference(cluster: Town.cluster, name: "web"), force: true))
        #expect(try town.account("web").summary == "It was deleted: 2 tasks left to stop.")
        town.settle()
        #expect(try town.account("web").verdict == .inactive)
    }

    @Test("a DAEMON service names the instance that can't take its task")
    func daemon() throws {
        let town = try Town([.init(name: "a"), .init(name: "b", cpu: 100)])
        try town.ask(Town.definition("agent"))
        try town.ask(Town.create("agent", 0, min: 0, max: 100, scheduling: .daemon))
        town.settle()
        let account = try town.account("agent")
        #expect(account.verdict == .noRoom && account.desired == 2 && account.running == 1)
        #expect(
            account.summary
                == "1 of 2 instances can't take its task. b: 256 CPU units are needed and 100 are "
                + "free.")
    }

    @Test("an EXTERNAL service is as its task sets are; the one that lacks something speaks for it")
    func external() throws {
        let town = try Town("a b")
        try town.ask(Town.createExternal("web", 4))
        #expect(try town.account("web").summary.hasPrefix("It has no task set"))
        try town.ask(Town.definition("blue", cpu: 300))
        try town.ask(Town.definition("green", cpu: 400))
        try town.ask(Town.taskSet(of: "web", "blue", scale: 50))
        town.settle()
        let steady = try town.account("web")
        #expect(steady.verdict == .steady && steady.desired == 2 && steady.running == 2)
        #expect(steady.summary == "Each of its 1 task sets has the tasks that it is to have.")
        #expect(steady.deployments.map(\.rolloutState) == ["STEADY_STATE"])
        try town.ask(Town.taskSet(of: "web", "green", scale: 100))
        town.settle()
        let account = try town.account("web")
        let green = try #require(try town.service("web").taskSets.last)
        #expect(account.verdict == .noRoom && account.desired == 6 && account.running == 4)
        #expect(account.deployments.map(\.running) == [2, 2])
        #expect(account.summary.hasPrefix("Task set \(green.id): "))
    }
}
