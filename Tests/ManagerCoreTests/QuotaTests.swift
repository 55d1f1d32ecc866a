import ClusterState
import ManagerCore
import Model
import Testing

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

    @Test("and times are ECS's in strict mode")
    func strict() {
        var settings = ManagerSettings()
        settings.makeStrict()
        #expect(settings.healthyAfter == .seconds(40))
        #expect(settings.launchDelayMaximum == .seconds(1_620))
        #expect(settings.quotas.revisionsPerFamily == 1_000_000)
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
