import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("The records of deployments (ECS semantics, section 16.1)")
struct ServiceDeploymentTests {
    @Test("begin PENDING, and end as what became of them")
    func statuses() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        #expect(try story.records("web") == "1 IN_PROGRESS")
        story.pass(.seconds(5))
        #expect(try story.records("web") == "1 SUCCESSFUL")
        story.fate { $0 == 2 ? .hangs : .runs }
        try story.release("web")
        story.pass(.seconds(5))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 IN_PROGRESS")
        try story.release("web")
        #expect(
            try story.records("web") == "1 SUCCESSFUL, 2 STOP_REQUESTED, 3 IN_PROGRESS",
            "a newer one took its place while its tasks were on their way")
        story.fate { _ in .runs }
        for task in try story.tasks("web") where task.definition.revision == 2 {
            try story.report(task.id, .stopped)
        }
        story.pass(.seconds(10))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 STOPPED, 3 SUCCESSFUL")
        let id = try story.service("web").id
        let last = try #require(story.state.serviceDeployments(of: id).first)
        #expect(last.sources.count == 2 && last.startedAt != nil && last.finishedAt != nil)
        #expect(last.stoppedAt == nil && last.statusReason == nil)
    }

    @Test("a revision is the service as it was, and stays that")
    func revisions() throws {
        let story = Story(workers: "a")
        try story.serve("web", 1)
        story.pass(.seconds(5))
        let service = try story.service("web")
        let revision = try #require(story.state.serviceRevisions(of: service.id).first)
        #expect(revision.id == service.deployments[0].id)
        #expect(revision.taskDefinition.revision == 1)
        try story.release("web")
        try story.update("web", force: true)
        story.pass(.seconds(10))
        #expect(story.state.serviceRevisions[revision.id] == revision)
        #expect(
            story.state.serviceRevisions(of: service.id).map(\.taskDefinition.revision).sorted()
                == [1, 2, 2])
    }

    @Test("are kept as many as are kept, and go with their service")
    func bounded() throws {
        var settings = ManagerSettings()
        settings.retention = .seconds(5)
        let story = Story(workers: "a", settings: settings)
        try story.serve("web", 1)
        story.pass(.seconds(5))
        let id = try story.service("web").id
        for _ in 0..<60 {
            try story.update("web", force: true)
            story.pass(.milliseconds(500))
        }
        story.pass(.seconds(30))
        let kept = story.state.serviceDeployments(of: id)
        #expect(kept.count == ClusterState.serviceDeploymentsMaximum + 1 || kept.count == 50)
        #expect(story.state.serviceRevisions(of: id).count <= 56)
        #expect(kept.dropFirst().allSatisfy { $0.status == .stopped })
        try story.delete("web")
        story.pass(.seconds(30))
        #expect(story.state.serviceDeployments.isEmpty && story.state.serviceRevisions.isEmpty)
    }

    @Test("one is stopped by a user with ROLLBACK: back to the last that was completed")
    func stopWithRollback() throws {
        let story = Story(workers: "a b")
        story.fate { $0 == 2 ? .hangs : .runs }
        try story.serve("web", 2)
        story.pass(.seconds(5))
        try story.release("web")
        story.pass(.seconds(5))
        try story.apply(story.end("web", .rollback, of: 2))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_IN_PROGRESS")
        try story.apply(story.end("web", .rollback, of: 2))
        story.fate { _ in .runs }
        for task in try story.tasks("web") where task.definition.revision == 2 {
            try story.report(task.id, .stopped)
        }
        story.pass(.seconds(5))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL")
        #expect(try story.running("web") == "1x2")
        #expect(
            story.refusal(of: story.end("web", .rollback, of: 2))
                == "ConflictException: The service deployment can't be stopped: it is "
                + "ROLLBACK_SUCCESSFUL.")
    }

    @Test("or with ABORT: no further, and what runs stays")
    func stopWithAbort() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 4, min: 50, max: 100)
        story.pass(.seconds(5))
        story.fate { $0 == 2 ? .hangs : .runs }
        try story.release("web")
        story.pass(.seconds(1))
        try story.apply(story.end("web", .abort, of: 2))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 STOP_REQUESTED")
        for task in try story.tasks("web")
        where task.definition.revision == 2 && task.lastStatus < .running {
            try story.report(task.id, .running)
        }
        story.pass(.seconds(30))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 STOPPED")
        #expect(try story.deployments("web").hasPrefix("2 FAILED"))
        #expect(
            try story.service("web").deployments[0].rolloutStateReason.hasSuffix("was stopped."))
        #expect(try story.tasks("web").count { $0.definition.revision == 2 } == 2)
    }

    @Test("what can't be stopped is refused")
    func refusals() throws {
        let story = Story(workers: "a")
        story.fate { _ in .hangs }
        try story.serve("web", 1)
        #expect(
            story.refusal(of: story.end("web", .rollback, of: 1)).hasPrefix(
                "ConflictException: The service deployment can't be rolled back: no deployment"))
        #expect(
            story.refusal(of: story.end("web", .rollback, of: 7))
                == "ServiceDeploymentNotFoundException: The service deployment was not found.")
        story.fate { _ in .runs }
    }

    @Test("all of a deleted service's are over with it")
    func deleted() throws {
        let story = Story(workers: "a")
        try story.serve("web", 1)
        story.pass(.seconds(5))
        try story.release("web")
        try story.delete("web")
        story.pass(.seconds(5))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 STOPPED")
    }

    @Test("a steady service says so again every six hours, and nothing else")
    func steadyAgain() throws {
        let story = Story(workers: "a")
        try story.serve("web", 1)
        story.pass(.seconds(5))
        let before = try story.events("web").count
        // The worker's heartbeats would take a day of steps: it is the manager's clock that counts.
        story.restartManager()
        story.pass(.seconds(5))
        #expect(try story.events("web").count == before)
        for _ in 0..<2 {
            story.jumpWallClock(by: .seconds(6 * 3_600))
            story.restartManager()
            story.pass(.seconds(5))
        }
        #expect(
            try story.events("web").dropFirst(before)
                == ["has reached a steady state.", "has reached a steady state."])
    }
}
