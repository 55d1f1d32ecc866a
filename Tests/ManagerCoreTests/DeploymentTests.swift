import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A rolling deployment")
struct DeploymentTests {
    @Test("starts first and stops old tasks when new ones are healthy")
    func startsFirst() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 4)
        story.pass(.seconds(5))
        try story.define("web")
        try story.update("web", to: 2)
        story.pass(.seconds(1))
        #expect(try story.running("web") == "1x4 2x4")
        #expect(
            try story.service("web").deployments.map(\.rolloutState) == [.inProgress, .completed])
        story.pass(.seconds(5))
        #expect(try story.running("web") == "2x4")
        #expect(try story.isSteady("web"))
        #expect(
            try story.events("web").suffix(4) == [
                "has started 4 tasks: (task T) (task T) (task T) (task T).",
                "has stopped 4 running tasks: (task T) (task T) (task T) (task T).",
                "(deployment D) deployment completed.", "has reached a steady state.",
            ])
    }

    @Test("stops first when there is no room above")
    func stopsFirst() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 4, min: 50, max: 100)
        story.pass(.seconds(5))
        try story.define("web")
        try story.update("web", to: 2)
        #expect(try story.tasks("web").count { $0.desiredStatus == .stopped } == 2)
        story.pass(.seconds(1))
        #expect(try story.running("web") == "1x2 2x2")
        story.pass(.seconds(5))
        #expect(try story.running("web") == "2x4" && story.isSteady("web"))
    }

    @Test("that its bounds forbid says so once, and goes on when they are changed")
    func blocked() throws {
        let story = Story(workers: "a")
        try story.serve("web", 2, min: 100, max: 100)
        story.pass(.seconds(5))
        try story.define("web")
        try story.update("web", to: 2)
        story.pass(.seconds(60))
        #expect(try story.running("web") == "1x2")
        let said = try story.events("web").count { $0.hasPrefix("was unable to stop or start") }
        #expect(said == 1)
        try story.update("web", max: 150)
        story.pass(.seconds(10))
        #expect(try story.running("web") == "2x2" && story.isSteady("web"))
    }

    @Test("can be overtaken by the next; only the last stays")
    func overlapping() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        story.pass(.seconds(5))
        for revision in 2...4 {
            try story.define("web")
            try story.update("web", to: revision)
            story.pass(.milliseconds(300))
        }
        #expect(try story.service("web").deployments.count >= 2)
        story.pass(.seconds(10))
        #expect(try story.running("web") == "4x3" && story.isSteady("web"))
    }

    @Test("replaces every task when it is forced, and does nothing for the same definition")
    func force() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        let before = Set(try story.tasks("web").map(\.id))
        try story.update("web", to: 1)
        #expect(try story.service("web").deployments.count == 1)
        try story.update("web", force: true)
        #expect(try story.service("web").deployments.count == 2)
        story.pass(.seconds(10))
        let after = try story.tasks("web").filter { $0.lastStatus == .running }
        #expect(after.count == 2 && after.allSatisfy { !before.contains($0.id) })
        #expect(try story.isSteady("web"))
    }

    @Test("leaves no list of its forerunners, however often it is forced without room")
    func manyForced() throws {
        let story = Story(workers: "a")
        try story.define("web", cpu: 4_096)
        try story.serve("web", 1)
        story.pass(.seconds(5))
        for _ in 0..<100 { try story.update("web", force: true) }
        #expect(try story.service("web").deployments.count <= 3)
        try story.update("web", min: 0)
        story.pass(.seconds(5))
        #expect(try story.isSteady("web"))
    }

    @Test("of a broken revision keeps the old tasks")
    func broken() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        for worker in story.workers {
            worker.fate = { $0.revision == 2 ? .failsToStart : .runs }
        }
        try story.define("web")
        try story.update("web", to: 2)
        story.pass(.seconds(30))
        #expect(try story.running("web") == "1x2")
        #expect(try story.service("web").deployments[0].failedTasks >= 3)
        let texts = try story.events("web")
        #expect(
            texts.filter { $0.hasPrefix("is unable to consistently start tasks") }.map {
                $0.split(separator: " ").dropLast(4).last ?? ""
            } == ["2", "4", "8", "16"])
        try story.update("web", to: 1)
        story.pass(.seconds(20))
        #expect(try story.running("web") == "1x2" && story.isSteady("web"))
    }

    /// The ledger holds every step against both bounds; here it must also arrive.
    @Test("keeps within its bounds through any history and converges", arguments: 1...60)
    func property(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let story = Story(workers: "a b c d", seed: seed)
        let desired = Int.random(in: 0...8, using: &random)
        try story.serve(
            "web", desired, min: [0, 50, 75, 100].randomElement(using: &random) ?? 0,
            max: [100, 125, 150, 200].randomElement(using: &random) ?? 0)
        for _ in 0..<40 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                try story.define("web")
                try story.update(
                    "web", to: story.state.lastRevision(of: "web", region: "us-east-1"))
            case 1: try story.update("web", force: true)
            case 2: try story.update("web", count: Int.random(in: 0...8, using: &random))
            case 3: try story.drain(pick(story, &random).name)
            case 4: try story.drain(pick(story, &random).name, to: .active)
            case 5: story.restartAgent(pick(story, &random))
            case 6:
                let live = try story.tasks("web").filter { $0.lastStatus == .running }
                if let task = live.randomElement(using: &random) { try story.stop(task.id) }
            case 7:
                let worker = pick(story, &random)
                worker.isFrozen ? worker.thaw() : worker.freeze()
            default: break
            }
            story.pass(.milliseconds(Int64.random(in: 50...3_000, using: &random)))
            _ = story.takeWarnings()
        }
        for worker in story.workers {
            worker.thaw()
            try story.drain(worker.name, to: .active)
        }
        try story.update("web", min: 50, max: 200)
        story.pass(.seconds(90))
        _ = story.takeWarnings()
        #expect(try story.isSteady("web"))
    }

    private func pick(_ story: Story, _ random: inout SeededRandom) -> ToyWorker {
        story.workers[Int.random(in: 0..<story.workers.count, using: &random)]
    }
}
