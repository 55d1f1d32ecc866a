import Advice
import ClusterState
import Model
import Testing
import TownSupport

@Suite("What a change would do")
struct ForecastTests {
    private static let pace = Rehearsal.Pace(start: .seconds(4), stop: .seconds(3))

    @Test("a new revision within 100/200: steps, peak, how long it takes; nothing changes")
    func rolling() throws {
        let town = try Town("a b c d")
        try town.serve("web", 4)
        let before = town.state.revision
        let forecast = try town.plan(Town.update("web", force: true), pace: Self.pace)
        #expect(town.state.revision == before)
        #expect(forecast.verdict == .finishes && forecast.reason == "all stands as wished.")
        // 4 start at once, run at 4 s, are healthy at 6 s, and the old ones have stopped at 9 s.
        #expect(
            forecast.steps.map { "\($0.at) \($0.action) \($0.count)" } == [
                "0 start 4", "4000 running 4", "6000 stop 4", "9000 stopped 4",
            ])
        #expect(forecast.duration == 9_000)
        #expect(forecast.before.tasks == 4 && forecast.peak.tasks == 8)
        #expect(forecast.peak.cpu == 8 * 256 && forecast.capacityCPU == 4_096)
        let web = try #require(forecast.services.first)
        #expect(web.started == 4 && web.stopped == 4 && web.lowestRunning == 4)
        #expect(web.highestWanted == 8 && web.wasSteady && web.verdict == .steady)
        #expect(web.rolloutState == "COMPLETED" && web.obstacle == nil)
    }

    @Test("bounds that allow one at a time make many steps of it")
    func narrow() throws {
        let town = try Town("a b c d")
        try town.serve("web", 4, min: 75, max: 100)
        let forecast = try town.plan(Town.update("web", force: true), pace: Self.pace)
        #expect(forecast.verdict == .finishes)
        // Each new one starts while its old one stops, and has to prove healthy before the next.
        #expect(forecast.duration == 4 * (4_000 + 2_000))
        #expect(forecast.peak.tasks == 5 && forecast.services.first?.lowestRunning == 3)
        #expect(forecast.services.first?.highestWanted == 4)
        #expect(forecast.steps.count == 16)
    }

    @Test("bounds between which nothing moves are named", arguments: [(100, 100), (100, 125)])
    func deadlock(min: Int, max: Int) throws {
        let town = try Town("a b")
        try town.serve("web", 3, min: min, max: max)
        let forecast = try town.plan(Town.update("web", force: true))
        #expect(forecast.verdict == .blocked && !forecast.verdict.isGood)
        #expect(forecast.reason.contains("At most 3 tasks may be there and 3 are"))
        #expect(forecast.services.first?.remedies.first == "a maximumPercent of 134 or more")
        #expect(forecast.steps.isEmpty)
        // The same change with what is advised.
        let advised = try town.plan(Town.update("web", max: 134, force: true))
        #expect(advised.verdict == .finishes)
    }

    @Test("a fixed host port on every instance leaves no place for the new task")
    func ports() throws {
        let town = try Town("a b")
        try town.serve("web", 2, ports: [80])
        let forecast = try town.plan(Town.update("web", force: true))
        #expect(forecast.verdict == .noRoom)
        #expect(forecast.reason.contains("The host port 80/tcp is taken."))
        #expect(try town.plan(Town.update("web", min: 50, force: true)).verdict == .finishes)
    }

    @Test("scaling beyond what the cluster has tells what is missing where")
    func capacity() throws {
        let town = try Town("a b")
        try town.serve("web", 2, cpu: 300)
        let forecast = try town.plan(Town.update("web", count: 8), pace: Self.pace)
        #expect(forecast.verdict == .noRoom)
        #expect(forecast.reason.contains("300 CPU units are needed and 124 are free"))
        let web = try #require(forecast.services.first)
        #expect(web.started == 4 && web.runningAfter == 6 && web.desiredAfter == 8)
        #expect(web.obstacleAt == 0)
        let fits = try town.plan(Town.update("web", count: 6))
        #expect(fits.verdict == .finishes, "\(fits)")
        let down = try town.plan(Town.update("web", count: 1), pace: Self.pace)
        #expect(down.verdict == .finishes && down.duration == 3_000)
    }

    @Test("a deployment without room is given up by its circuit breaker, and rolled back")
    func breaker() throws {
        let town = try Town("a")
        try town.serve("web", 1, breaker: .init(enable: true, rollback: true))
        let forecast = try town.plan(
            Town.definition("web", cpu: 4_096), Town.update("web", toNewest: true))
        #expect(forecast.verdict == .fails)
        #expect(forecast.reason.contains("4096 CPU units are needed"))
        #expect(forecast.reason.contains("circuit breaker"))
        let web = try #require(forecast.services.first)
        #expect(web.definitionAfter == web.definitionBefore)
        #expect(web.runningAfter == 1 && web.lowestRunning == 1)
        #expect(forecast.change == ["RegisterTaskDefinition", "UpdateService"])
    }

    @Test("a drain moves what services have, and tells of the tasks that stay")
    func drain() throws {
        let town = try Town("a b c")
        try town.serve("web", 3)
        let drains = try town.drain("a")
        let forecast = try town.plan(drains, pace: Self.pace)
        #expect(forecast.verdict == .finishes && forecast.duration == 9_000)
        #expect(forecast.services.first?.lowestRunning == 3)
        #expect(forecast.steps.last?.workers == ["a": 1])
        try town.ask(Town.run("web", 3, strategy: [.spread("instanceId")]))
        town.settle()
        let stays = try town.plan(drains, pace: Self.pace)
        #expect(stays.verdict == .tasksStay)
        #expect(stays.reason.hasPrefix("1 task left on what is drained, 1 started by no service"))
        try town.ask(Town.update("web", max: 100))
        #expect(try town.plan(drains).verdict == .blocked)
        let other = try town.plan(try town.drain("b"), Town.update("web", min: 50))
        #expect(other.verdict == .tasksStay)
    }

    @Test("what changes nothing has nothing to do")
    func nothing() throws {
        let town = try Town("a b")
        try town.serve("web", 2)
        let forecast = try town.plan(Town.update("web", count: 2))
        #expect(forecast.verdict == .nothing && forecast.duration == 0)
        #expect(try town.plan(Town.definition("web", cpu: 1)).verdict == .nothing)
    }

    @Test("what a manager refuses is refused with its words")
    func refusal() throws {
        let town = try Town("a")
        #expect(throws: APIError(.serviceNotFound, "Service not found.")) {
            try town.plan(Town.update("web", count: 2))
        }
    }

    @Test("a rollout that is under way goes on, and workers that are silent start nothing")
    func underWay() throws {
        let town = try Town("a b")
        try town.serve("web", 2)
        try town.ask(Town.update("web", force: true))
        let forecast = try town.plan(Town.update("web", count: 3), pace: Self.pace)
        #expect(forecast.verdict == .finishes)
        let web = try #require(forecast.services.first)
        #expect(!web.wasSteady && web.runningAfter == 3 && web.stopped == 2)
    }

    @Test("the same plan of the same state is the same")
    func deterministic() throws {
        let town = try Town("a b c d e")
        try town.serve("web", 7, min: 50, max: 150)
        let one = try town.plan(Town.update("web", count: 9, force: true))
        #expect(try town.plan(Town.update("web", count: 9, force: true)) == one)
    }

    @Test("a service that lacked room before, and still does, is no obstacle to another")
    func others() throws {
        let town = try Town("a b")
        try town.serve("big", 3, cpu: 700)
        try town.serve("web", 2)
        let forecast = try town.plan(Town.update("web", force: true), pace: Self.pace)
        #expect(forecast.verdict == .noRoom && forecast.services.map(\.name) == ["web"])
        let down = try town.plan(Town.update("web", count: 1), pace: Self.pace)
        #expect(down.verdict == .finishes && down.services.map(\.name) == ["web"])
        // But one that gets in its way is told.
        let freed = try town.plan(Town.update("web", count: 0), pace: Self.pace)
        #expect(freed.services.map(\.name).contains("web"))
    }

    @Test("a DAEMON service goes from instance to instance, within its bound")
    func daemon() throws {
        let town = try Town("a b c d")
        try town.ask(Town.definition("agent"))
        try town.ask(Town.create("agent", 0, min: 50, max: 100, scheduling: .daemon))
        town.settle()
        let forecast = try town.plan(Town.update("agent", force: true), pace: Self.pace)
        #expect(forecast.verdict == .finishes)
        let agent = try #require(forecast.services.first)
        #expect(agent.started == 4 && agent.stopped == 4 && agent.lowestRunning == 2)
        #expect(agent.highestWanted == 4 && forecast.peak.tasks == 4)
        #expect(forecast.duration == 2 * (3_000 + 4_000 + 2_000))
        let stuck = try town.plan(Town.update("agent", min: 100, force: true))
        #expect(stuck.verdict == .blocked)
    }

    @Test("a wish far beyond what there is room for is judged at once")
    func farBeyond() throws {
        let town = try Town("a b")
        try town.serve("web", 2)
        let forecast = try town.plan(Town.update("web", count: 5_000))
        #expect(forecast.verdict == .noRoom && forecast.services.first?.started == 6)
    }
}
