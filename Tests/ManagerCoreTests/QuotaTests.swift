import ClusterState
import Model
import Testing

@testable import ManagerCore

@Suite("Quotas")
struct QuotaTests {
    private static func story(_ set: (inout Quotas) -> Void) -> Story {
        var settings = ManagerSettings()
        set(&settings.quotas)
        return Story(workers: "a", settings: settings)
    }

    @Test("bound clusters, services, their tasks, and a family's revisions")
    func bounds() throws {
        let story = Self.story { quotas in
            quotas.clusters = 1
            quotas.servicesPerCluster = 1
            quotas.tasksPerService = 2
            quotas.revisionsPerFamily = 2
        }
        let second = Command.createCluster(
            CreateCluster(cluster: ClusterReference(region: "us-east-1", name: "other")))
        #expect(story.refusal(of: second).hasPrefix("LimitExceededException: There are 1"))
        try story.serve("web", 2)
        #expect(throws: APIError.self) { try story.update("web", count: 3) }
        #expect(throws: APIError.self) { try story.serve("more", 1) }
        try story.define("job")
        try story.define("job")
        #expect(throws: APIError.self) { try story.define("job") }
        #expect(story.state.lastRevision(of: "job", region: "us-east-1") == 2)
    }

    @Test("let a service start so many tasks a minute, and look at it again when that is over")
    func launches() throws {
        let story = Self.story { $0.launchesPerMinute = 3 }
        try story.serve("web", 7)
        var counts: [Int] = []
        for _ in 0..<4 {
            story.pass(.seconds(30))
            counts.append(try story.tasks("web").count)
        }
        #expect(counts == [3, 6, 6, 7])
        try story.serve("more", 2)
        #expect(try story.tasks("more").count == 2, "each has its own")
        try story.stop(try #require(try story.tasks("more").first).id)
        story.pass(.seconds(5))
        #expect(try story.tasks("more").filter { $0.desiredStatus == .running }.count == 2)
        try story.delete("more")
        story.pass(.seconds(5))
        #expect(story.core.launches.count == 1)
    }

    @Test("and times are ECS's in strict mode")
    func strict() {
        var settings = ManagerSettings()
        settings.makeStrict()
        #expect(settings.healthyAfter == .seconds(40))
        #expect(settings.launchDelayMaximum == .seconds(1_620))
        #expect(settings.quotas.revisionsPerFamily == 1_000_000)
        #expect(settings.quotas.launchesPerMinute == 500)
        #expect(settings.quotas.servicesPerCluster == 5_000)
        #expect(settings.quotas.tasksPerService == 5_000)
        #expect(settings.instancesPerClusterMaximum == 5_000)
    }

    @Test("keep an old task until the new one has run as long as ECS asks")
    func healthy() throws {
        var settings = ManagerSettings()
        settings.makeStrict()
        let story = Story(workers: "a", settings: settings)
        try story.serve("web", 1)
        story.pass(.seconds(5))
        try story.define("web")
        try story.update("web", to: 2)
        func running() throws -> [Int] {
            try story.tasks("web").filter { $0.desiredStatus == .running }
                .map(\.definition.revision).sorted()
        }
        story.pass(.seconds(39))
        #expect(try running() == [1, 2])
        story.pass(.seconds(2))
        #expect(try running() == [2])
    }

    @Test("let a failing service wait as long as ECS does")
    func throttle() throws {
        var settings = ManagerSettings()
        settings.makeStrict()
        let story = Story(workers: "a", settings: settings)
        story["a"].fate = { _ in .failsToStart }
        try story.serve("web", 1)
        story.pass(.seconds(1_100))
        let times = Set(try story.tasks("web").map(\.createdAt.milliseconds)).sorted()
        let gaps = zip(times, times.dropFirst()).map { ($1 - $0 + 500) / 1_000 }
        #expect(gaps == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    }
}
