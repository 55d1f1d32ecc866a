import ClusterState
import Model
import Simulation
import Testing

@testable import SimulationReport

@Suite("What is seen of a cluster becomes a timeline")
struct RecorderTests {
    @Test("A service is measured from when it first had all its tasks")
    func beginning() throws {
        let story = Story.begun()
        let availability = story.availability(end: 11_000)
        let service = try #require(availability.services.first)
        #expect(service.measured == 10_000 && service.share == 1 && service.shortages.isEmpty)
        #expect(availability.firstShortage == nil && availability.recoveries.isEmpty)
    }

    @Test("A host's death counts at once, its end when the tasks run elsewhere")
    func powerLoss() throws {
        var story = Story.begun()
        story.sees(.fault(.powerLoss, .worker("w2"), until: 60_000), at: 5_000)
        story.sees(.containerEnded(story.container(2), worker: "w2"), at: 5_000)
        story.happens(story.worker(2, isConnected: false), at: 8_000, cause: "lease expired")
        story.happens(
            story.task(2, on: 2, .stopped, reason: "lost"), story.task(3, on: 1, .pending),
            at: 8_000, cause: "lease expired")
        story.happens(story.task(3, on: 1), at: 9_500)
        let availability = story.availability(end: 11_000)
        let service = try #require(availability.services.first)
        #expect(service.atMinimum == 5_500 && service.measured == 10_000)
        #expect(service.lowest == 1 && service.longestShortage == 4_500)
        #expect(availability.firstShortage?.start == 5_000)
        #expect(availability.firstShortage?.cause == "w2 lost power")
        #expect(
            availability.recoveries == [
                .init(service: "web", worker: "w2", time: 5_000, tasks: 1, duration: 4_500)
            ])
    }

    @Test("From a history alone a host's death counts when the manager notices")
    func historyAlone() throws {
        var story = Story()
        story.happens(story.worker(1), story.worker(2), at: 0)
        story.happens(story.service(minimumPercent: 50), at: 500)
        story.happens(story.task(1, on: 1), story.task(2, on: 2), at: 1_000)
        story.happens(
            story.worker(2, isConnected: false), story.task(2, on: 2, .stopped), at: 8_000,
            cause: "lease expired")
        let timeline = story.recorder.timeline(end: 11_000)
        let availability = Availability(timeline)
        let service = try #require(availability.services.first)
        #expect(!availability.sawContainers)
        #expect(service.share == 1 && service.atDesired == 7_000, "one of two is the minimum")
        #expect(availability.recoveries.map(\.duration) == [nil])
        #expect(timeline.lanes.map(\.name) == ["w1", "w2"])
        #expect(timeline.lanes.last?.bands.map(\.end) == [11_000])
    }

    @Test("A host that stands still serves nobody, and serves again when it goes on")
    func standingStill() throws {
        var story = Story.begun()
        story.sees(.fault(.hostPause, .worker("w1"), until: 4_000), at: 2_000)
        let availability = story.availability(end: 11_000)
        let service = try #require(availability.services.first)
        #expect(service.atMinimum == 8_000)
        #expect(service.shortages.map(\.cause) == ["w1 stood still"])
    }

    @Test("A container that ends by itself is explained by what the worker says of it")
    func ownEnd() throws {
        var story = Story.begun()
        story.sees(.containerEnded(story.container(1), worker: "w1"), at: 2_000)
        story.happens(story.task(1, on: 1, .stopped, reason: "out of memory"), at: 2_100)
        let cause = story.availability(end: 3_000).firstShortage?.cause
        #expect(cause?.contains("out of memory") == true)
    }

    @Test("What is lost twice is counted once, what was whole again twice")
    func losses() {
        var story = Story.begun()
        story.sees(.fault(.powerLoss, .worker("w2"), until: 3_000), at: 2_000)
        story.sees(.containerEnded(story.container(2), worker: "w2"), at: 2_000)
        story.sees(.fault(.powerLoss, .worker("w2"), until: 9_000), at: 4_000)
        #expect(story.availability(end: 5_000).recoveries.count == 1)
        story.happens(story.task(2, on: 2, .stopped), story.task(3, on: 2), at: 5_000)
        story.sees(.fault(.powerLoss, .worker("w2"), until: 9_000), at: 6_000)
        #expect(story.availability(end: 7_000).recoveries.count == 2)
    }

    @Test("Two lives of one container, and containers that outlive their task, are seen")
    func copies() {
        var story = Story.begun()
        story.sees(.containerStarted(story.container(1), worker: "w2"), at: 2_000)
        story.happens(story.task(2, on: 2, .stopped), at: 3_000)
        story.sees(.containerEnded(story.container(2), worker: "w2"), at: 4_200)
        let availability = story.availability(end: 5_000)
        #expect(availability.duplicates == 1 && availability.leftovers == [1_200])
    }

    @Test("Deployments begin and end, and faults of the network end when all heals")
    func marks() throws {
        var story = Story.begun()
        story.happens(story.service(rollout: .completed), at: 2_000)
        story.sees(.fault(.partition, .worker("w1"), until: 60_000), at: 3_000)
        story.sees(.fault(.managerCrash, .manager, until: 4_500), at: 4_000)
        story.sees(.healed, at: 5_000)
        let timeline = story.recorder.timeline(end: 6_000)
        #expect(timeline.services.first?.rollouts.map(\.isEnd) == [false, true])
        #expect(timeline.lanes.map(\.name) == ["manager", "w1", "w2"])
        #expect(timeline.lanes[1].bands.map(\.end) == [5_000])
        #expect(timeline.healedAt == 5_000)
    }

    @Test("Lanes stand in the order of their numbers")
    func laneOrder() {
        var story = Story()
        for number: UInt64 in [10, 2, 1] { story.happens(story.worker(number), at: 0) }
        #expect(story.recorder.timeline(end: 1).lanes.map(\.name) == ["w1", "w2", "w10"])
    }
}
