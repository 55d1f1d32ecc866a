import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A manager that starts again")
struct RecoveryTests {
    @Test("Contract 6: gives every worker a whole new lease and changes no task")
    func quiet() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        try story.define("job")
        _ = try story.run("job", 2)
        story.pass(.seconds(5))
        let before = story.state.tasks
        let records = story.ledger.records.count
        for worker in story.workers { worker.returns = false }
        story.restartManager()
        #expect(story.leases.count == 3)
        #expect(story.ledger.records.count == records, "recovery writes nothing")
        // A worker's longest pause, and most of a lease.
        story.pass(.milliseconds(7_500))
        for worker in story.workers { worker.returns = true }
        story.pass(.seconds(10))
        #expect(story.state.tasks == before)
        #expect(story.workers.allSatisfy { $0.stops.isEmpty })
    }

    @Test("Contract 5: hears of a worker that died meanwhile after a whole lease, not before")
    func lossDuringRestart() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        story["a"].returns = false
        story.restartManager()
        story.pass(LeaseTable.afterStart + .milliseconds(2_900))
        #expect(try story.tasks("web").count == 2)
        story.pass(.milliseconds(200))
        #expect(try story.tasks("web").count == 3)
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("goes on with a deployment where it was")
    func deployment() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 6, min: 50, max: 150)
        story.pass(.seconds(5))
        try story.define("web")
        try story.update("web", to: 2)
        for seed in 0..<10 {
            story.pass(.milliseconds(350))
            story.restartManager(seed: UInt64(seed))
        }
        story.pass(.seconds(20))
        #expect(try story.isSteady("web"))
        #expect(try story.tasks("web").count { $0.definition.revision == 2 } == 6)
    }

    @Test("finishes what it was deleting")
    func deleting() throws {
        let story = Story(workers: "a")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        story["a"].freeze()
        try story.delete("web")
        story.restartManager()
        story["a"].thaw()
        story.pass(.seconds(5))
        #expect(try story.service("web").status == .inactive)
    }

    @Test("leaves no task of an instance that was deregistered and whose agent never came back")
    func deregistered() throws {
        let story = Story(workers: "a")
        try story.define("job")
        let task = try story.run("job").tasks[0]
        story["a"].freeze()
        story["a"].returns = false
        try story.deregister("a", force: true)
        #expect(story.state.tasks[task.id]?.lastStatus == .pending)
        story.restartManager()
        story.pass(LeaseTable.afterStart + .seconds(4))
        #expect(story.state.tasks[task.id]?.lastStatus == .stopped)
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("gives up the tasks of workers that were silent when it stopped and are fewer now")
    func silentBefore() throws {
        let story = Story(workers: "a b c d e f g h i j k l")
        try story.serve("web", 12)
        story.pass(.seconds(5))
        for worker in story.workers.prefix(7) { worker.freeze() }
        story.pass(.seconds(10))
        _ = story.takeWarnings()
        story.restartManager()
        for worker in story.workers.dropFirst(2) { worker.thaw() }
        story.pass(.seconds(10))
        #expect(try story.isSteady("web"))
        #expect(try story.tasks("web").count == 14)
        _ = story.takeWarnings()
    }

    @Test("forgets on time what was over before")
    func retention() throws {
        let story = Story(workers: "a")
        try story.serve("web", 1)
        story.pass(.seconds(5))
        try story.delete("web")
        story.pass(.seconds(5))
        story.restartManager()
        story.pass(.seconds(3_590))
        #expect(story.state.services.count == 1 && story.state.tasks.count == 1)
        story.pass(.seconds(7_200))
        #expect(story.state.services.isEmpty && story.state.tasks.isEmpty)
    }
}

@Suite("Retention")
struct RetentionTests {
    @Test("Stopped tasks, and deleted services, instances and clusters, stay an hour")
    func anHour() throws {
        var settings = ManagerSettings()
        settings.retention = .seconds(600)
        let story = Story(workers: "a", settings: settings)
        try story.serve("web", 1)
        story.pass(.seconds(5))
        story["a"].returns = false
        try story.delete("web")
        story.pass(.seconds(1))
        try story.deregister("a")
        story.kill(story["a"])
        story.pass(.seconds(5))
        try story.apply(.deleteCluster(Story.cluster))
        story.pass(.seconds(580))
        #expect(story.state.tasks.count == 1 && story.state.services.count == 1)
        #expect(story.state.instances.count == 1 && story.state.clusters.count == 1)
        story.pass(.seconds(2_000))
        #expect(story.state.tasks.isEmpty && story.state.services.isEmpty)
        #expect(story.state.instances.isEmpty && story.state.clusters.isEmpty)
        _ = story.takeWarnings()
    }

    @Test("An instance that was deregistered is not forgotten while its agent speaks")
    func speakingAgent() throws {
        var settings = ManagerSettings()
        settings.retention = .seconds(60)
        let story = Story(workers: "a", settings: settings)
        let id = try story.instance("a").id
        try story.deregister("a")
        story.pass(.seconds(300))
        #expect(story.state.instances.count == 1 && story["a"].instance == id)
        story["a"].returns = false
        story.kill(story["a"])
        story.pass(.seconds(120))
        #expect(story.state.instances.isEmpty)
        _ = story.takeWarnings()
    }

    @Test("Contract 7: Stopped tasks are kept up to a number; then the oldest go, with a warning")
    func crowded() throws {
        var settings = ManagerSettings()
        settings.retainedTasksMaximum = 25
        let story = Story(workers: "a", settings: settings)
        story["a"].fate = { _ in .ends(after: .milliseconds(100), code: 0) }
        try story.define("job")
        // Something of another kind that went before them holds nothing up.
        let other = ClusterReference(region: "us-east-1", name: "gone")
        try story.apply(.createCluster(CreateCluster(cluster: other)))
        try story.apply(.deleteCluster(other))
        let first = try story.run("job", 10).tasks
        for _ in 0..<3 {
            story.pass(.seconds(1))
            _ = try story.run("job", 5)
        }
        story.pass(.seconds(1))
        #expect(story.state.tasks.count == 25 && story.takeWarnings() == [])
        _ = try story.run("job", 5)
        story.pass(.seconds(1))
        #expect(story.state.tasks.count == 25)
        #expect(first.count { story.state.tasks[$0.id] == nil } == 5)
        #expect(story.takeWarnings().contains("stopped tasks forgotten before their time"))
    }

    @Test("No time at all is no reason to spin")
    func zero() throws {
        var settings = ManagerSettings()
        settings.retention = .zero
        let story = Story(workers: "a", settings: settings)
        try story.define("job")
        try story.deregister("a")
        story.pass(.seconds(5))
        let wake = try #require(story.core.nextWake)
        #expect(wake > story.now)
    }

    @Test("What the core remembers beside its state goes with what it is about")
    func memory() throws {
        var settings = ManagerSettings()
        settings.retention = .seconds(30)
        let story = Story(workers: "a b", settings: settings)
        for round in 0..<10 {
            try story.define("s\(round)", cpu: round % 2 == 0 ? 10 : 10_000)
            for worker in story.workers {
                worker.fate = { _ in round % 3 == 0 ? .failsToStart : .runs }
            }
            try story.serve("s\(round)", 2, min: 100, max: round % 4 == 0 ? 100 : 200)
            story.pass(.seconds(5))
            try story.update("s\(round)", force: true)
            story.pass(.seconds(5))
            try story.delete("s\(round)")
        }
        story.pass(.seconds(200))
        let kept = [
            "throttles", "runningSince", "crashWatch", "starved", "blocked", "steadyAgain", "holds",
            "retirements", "timers",
        ]
        for child in Mirror(reflecting: story.core).children {
            guard let label = child.label, kept.contains(label) else { continue }
            #expect(size(child.value) == 0, "\(label) is not empty")
        }
    }

    func size(_ value: Any) -> Int {
        (value as? any Collection)?.count
            ?? Mirror(reflecting: value).descendant("_storage").map { size($0) } ?? 0
    }
}
