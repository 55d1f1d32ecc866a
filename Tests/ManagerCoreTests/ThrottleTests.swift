import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A service whose tasks fail")
struct ThrottleTests {
    /// Seconds between the launches of a service, in virtual time.
    func gaps(_ story: Story) throws -> [Int64] {
        let times = Set(try story.tasks("web").map(\.createdAt.milliseconds)).sorted()
        return zip(times, times.dropFirst()).map { ($1 - $0 + 500) / 1_000 }
    }

    @Test("is tried again at once, then ever more slowly, up to a minute")
    func delays() throws {
        let story = Story(workers: "a b")
        for worker in story.workers { worker.fate = { _ in .failsToStart } }
        try story.serve("web", 1)
        story.pass(.seconds(260))
        #expect(try gaps(story) == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
        let texts = try story.events("web").filter { $0.hasPrefix("is unable to consistently") }
        #expect(texts.count == 6, "once for each delay from the third failure on")
        #expect(
            texts.last
                == "is unable to consistently start tasks successfully. The next try is 60 s after "
                + "the last.")
        let next = try #require(try story.service("web").deployments[0].nextStartAt)
        #expect(next > story.moment.wall && next <= story.moment.wall + .seconds(60))
    }

    @Test("pays once for tasks that fail together, however many they are")
    func together() throws {
        let story = Story(workers: "a b")
        for worker in story.workers { worker.fate = { _ in .failsToStart } }
        try story.serve("web", 10)
        story.pass(.seconds(8))
        let launches = try story.tasks("web").count
        #expect(launches <= 60)
        #expect(try gaps(story).last == 4)
    }

    @Test("that crash soon after they ran is slowed down too, since a crash loop helps nobody")
    func crashLoop() throws {
        let story = Story(workers: "a")
        story["a"].fate = { _ in .ends(after: .milliseconds(500), code: 1) }
        try story.serve("web", 1)
        story.pass(.seconds(30))
        #expect(try story.tasks("web").count <= 7)
        #expect(try story.service("web").deployments[0].failedTasks >= 3)
    }

    @Test("recovers at once with a new deployment")
    func newDeployment() throws {
        let story = Story(workers: "a")
        story["a"].fate = { $0.revision == 1 ? .failsToStart : .runs }
        try story.serve("web", 1)
        story.pass(.seconds(100))
        try story.define("web")
        try story.update("web", to: 2)
        #expect(try story.tasks("web").contains { $0.definition.revision == 2 })
        story.pass(.seconds(5))
        #expect(try story.isSteady("web"))
    }

    @Test("forgets its failures when a task has run for a while")
    func proved() throws {
        let story = Story(workers: "a")
        story["a"].fate = { _ in .failsToStart }
        try story.serve("web", 1)
        story.pass(.seconds(20))
        story["a"].fate = { _ in .runs }
        story.pass(.seconds(30))
        #expect(try story.isSteady("web"))
        #expect(try story.service("web").deployments[0].nextStartAt == nil)
        let task = try #require(try story.tasks("web").first { $0.lastStatus == .running })
        let count = try story.tasks("web").count
        try story.report(task.id, .stopped, code: 1)
        #expect(try story.tasks("web").count == count + 1, "the next is launched at once")
    }

    @Test("in an older deployment does not hold up the newer")
    func olderFails() throws {
        let story = Story(workers: "a b")
        for worker in story.workers {
            worker.fate = { $0.revision == 1 ? .ends(after: .seconds(4), code: 1) : .runs }
        }
        try story.serve("web", 4)
        story.pass(.seconds(1))
        try story.define("web")
        try story.update("web", to: 2)
        story.pass(.seconds(8))
        #expect(try story.isSteady("web"))
    }
}
