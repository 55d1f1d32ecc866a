import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A deployment that fails (ECS semantics, sections 13.3, 14.1, 16.1)")
struct RollbackTests {
    static let on = CircuitBreakerSettings(enable: true, rollback: true)

    /// A service whose first revision runs and whose second suffers a fate.
    func story(
        _ count: Int = 2, min: Int = 100, max: Int = 200, tags: [Model.Tag] = [],
        breaker: CircuitBreakerSettings = on, second fate: ToyWorker.Fate
    ) throws -> Story {
        let story = Story(workers: "a b")
        story.fate { $0 == 2 ? fate : .runs }
        try story.serve("web", count, min: min, max: max, breaker: breaker, tags: tags)
        story.pass(.seconds(tags.isEmpty ? 15 : 45))
        try story.release("web")
        return story
    }

    @Test("is rolled back to the last that was completed, in under a minute, and says so")
    func rollback() throws {
        let story = try story(second: .failsToStart)
        let first = try #require(try story.service("web").deployments.last)
        let kept = Set(try story.tasks("web").filter { $0.lastStatus == .running }.map(\.id))
        story.pass(.seconds(60))
        let failed = try #require(
            story.ledger.records.lazy.compactMap { record -> [Deployment]? in
                guard case .service(let service) = record.change,
                    service.deployments.map(\.rolloutState) == [.inProgress, .failed]
                else { return nil }
                return service.lastCompleted == nil ? service.deployments : nil
            }.first)
        #expect(
            failed.map(\.rolloutStateReason) == [
                "ECS deployment circuit breaker: rolling back to deploymentId \(first.id).",
                "ECS deployment circuit breaker: tasks failed to start.",
            ])
        #expect(failed[0].id == first.id)
        #expect(try story.deployments("web") == "1 COMPLETED")
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL")
        #expect(try story.running("web") == "1x2" && story.isSteady("web"))
        let stayed = Set(try story.tasks("web").filter { $0.lastStatus == .running }.map(\.id))
        #expect(stayed == kept, "no task of the good revision was touched")
        #expect(
            try story.events("web").filter { $0.contains("deployment") } == [
                "(deployment D) deployment completed.",
                "(deployment D) deployment failed: tasks failed to start.",
                "rolling back to deployment D.", "(deployment D) deployment completed.",
            ])
        let record = try #require(
            story.state.serviceDeployments(of: story.service("web").id).first)
        #expect(record.isTripped && record.failureCount == 3 && record.threshold == 3)
        #expect(record.rollback?.revision == first.id)
        #expect(
            record.statusReason
                == "Service deployment rolled back because the circuit breaker threshold was "
                + "exceeded.")
    }

    @Test("a command that exits at once counts, though its tasks are RUNNING for a moment")
    func quickExit() throws {
        let story = try story(second: .ends(after: .milliseconds(5), code: 1))
        story.pass(.seconds(60))
        #expect(try story.deployments("web") == "1 COMPLETED")
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL")
        #expect(try story.running("web") == "1x2")
    }

    @Test("with old tasks stopped first, they come back")
    func stoppedFirst() throws {
        let story = try story(4, min: 0, max: 100, second: .failsToStart)
        #expect(try story.running("web") == "")
        story.pass(.seconds(60))
        #expect(try story.deployments("web") == "1 COMPLETED")
        #expect(try story.running("web") == "1x4" && story.isSteady("web"))
    }

    @Test("without a completed one before it stalls, launches nothing more, and can be overtaken")
    func stalls() throws {
        let story = Story(workers: "a b")
        story.fate { $0 == 1 ? .failsToStart : .runs }
        try story.serve("web", 2, breaker: Self.on)
        story.pass(.seconds(30))
        #expect(try story.deployments("web") == "1 FAILED")
        #expect(try story.records("web") == "1 STOPPED")
        let count = try story.tasks("web").count
        story.pass(.seconds(300))
        #expect(try story.tasks("web").count == count)
        #expect(try story.events("web").allSatisfy { !$0.hasPrefix("rolling back") })
        #expect(try story.events("web").allSatisfy { !$0.hasPrefix("was unable to stop or start") })
        try story.release("web")
        story.pass(.seconds(10))
        #expect(try story.deployments("web") == "2 COMPLETED")
        #expect(try story.records("web") == "1 STOPPED, 2 SUCCESSFUL")
    }

    @Test("without rollback stalls beside the tasks of the one before, which is kept up")
    func noRollback() throws {
        let story = try story(breaker: .init(enable: true), second: .failsToStart)
        story.pass(.seconds(30))
        #expect(try story.deployments("web") == "2 FAILED, 1 COMPLETED")
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 STOPPED")
        #expect(try story.running("web") == "1x2")
        let task = try #require(try story.tasks("web").first { $0.lastStatus == .running })
        try story.report(task.id, .stopped, code: 1)
        story.pass(.seconds(5))
        #expect(try story.running("web") == "1x2", "a lost old task is replaced by its like")
    }

    @Test("without the circuit breaker goes on trying")
    func off() throws {
        let story = try story(breaker: .init(), second: .failsToStart)
        story.pass(.seconds(120))
        #expect(try story.deployments("web") == "2 IN_PROGRESS, 1 COMPLETED")
        #expect(try story.running("web") == "1x2")
    }

    @Test("because its tasks find no place is rolled back as well")
    func unplaced() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2, breaker: Self.on)
        story.pass(.seconds(10))
        try story.release("web", cpu: 100_000)
        story.pass(.seconds(9))
        #expect(try story.deployments("web") == "2 IN_PROGRESS, 1 COMPLETED")
        story.pass(.seconds(50))
        #expect(try story.deployments("web") == "1 COMPLETED")
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL")
    }

    @Test("a rollback whose own tasks fail is ROLLBACK_FAILED, and nothing more is launched")
    func rollbackFails() throws {
        let story = try story(min: 0, max: 100, second: .failsToStart)
        story.fate { _ in .failsToStart }
        story.pass(.seconds(120))
        #expect(try story.deployments("web").hasPrefix("1 FAILED"))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_FAILED")
        let count = try story.tasks("web").count
        story.pass(.seconds(120))
        #expect(try story.tasks("web").count == count)
    }

    @Test("waits for a task that runs; once that has stayed, others that fail no longer count")
    func secondStage() throws {
        let story = Story(workers: "a b")
        story.fate { _ in .runs }
        try story.serve("web", 2, constraints: [.distinctInstance], breaker: Self.on)
        story.pass(.seconds(10))
        try story.update("web", min: 0, max: 100, zones: .disabled)
        story["b"].fate = { $0.revision == 2 ? .failsToStart : .runs }
        try story.release("web")
        story.pass(.seconds(60))
        #expect(try story.deployments("web").hasPrefix("2 IN_PROGRESS"))
        #expect(try story.service("web").deployments[0].tally.hasRun)
    }

    @Test("tasks that run and soon crash count where the service asks for it by tag")
    func crashLoop() throws {
        let rule = Model.Tag(key: CrashLoopRule.tag, value: "3/30")
        let tagged = try story(tags: [rule], second: .ends(after: .seconds(5), code: 1))
        tagged.pass(.seconds(90))
        #expect(try tagged.deployments("web").contains("1 COMPLETED"))
        #expect(try tagged.records("web").hasSuffix("2 ROLLBACK_SUCCESSFUL"))
        let plain = try story(second: .ends(after: .seconds(5), code: 1))
        plain.pass(.seconds(90))
        #expect(try plain.records("web").hasSuffix("2 SUCCESSFUL"), "ECS calls that complete")
    }

    @Test("with the tag a deployment completes once its tasks have lasted")
    func lasted() throws {
        let rule = Model.Tag(key: CrashLoopRule.tag, value: "2/30")
        let story = Story(workers: "a b")
        try story.serve("web", 2, breaker: Self.on, tags: [rule])
        story.pass(.seconds(20))
        #expect(try story.deployments("web") == "1 IN_PROGRESS")
        story.pass(.seconds(15))
        #expect(try story.deployments("web") == "1 COMPLETED")
    }

    @Test("the rollback goes on over a restart of the manager")
    func restart() throws {
        let story = try story(min: 0, max: 100, second: .failsToStart)
        while try !story.records("web").hasSuffix("ROLLBACK_IN_PROGRESS") {
            story.pass(.milliseconds(50))
        }
        story.restartManager()
        story.pass(.seconds(30))
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL")
        #expect(try story.running("web") == "1x2")
    }
}
