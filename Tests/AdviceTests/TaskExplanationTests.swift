import Advice
import ClusterState
import HashTreeCollections
import Model
import Testing
import TownSupport

@Suite("Why a task is as it is")
struct TaskExplanationTests {
    private func account(
        _ town: Town, _ task: ECSTask, placedIn past: ClusterState? = nil
    ) throws -> TaskAccount {
        try #require(try town.explain("\(task.id)", placedIn: past).task)
    }

    @Test("here: with the state from before, the truth of then; without it, that of now")
    func here() throws {
        let town = try Town([.init(name: "a"), .init(name: "b"), .init(name: "c", cpu: 100)])
        try town.ask(Town.definition("web"))
        try town.ask(Town.create("web", 0))
        let past = town.state
        try town.ask(Town.update("web", count: 1))
        town.settle()
        let task = try #require(try town.tasks("web").first)
        let then = try account(town, task, placedIn: past)
        #expect(then.here.rank == 1 && then.here.placement?.basis == .placement)
        #expect(
            then.here.summary
                == "2 of 3 instances would have done; by spread(instanceId), then the fewest "
                + "tasks, \(then.worker) was the best of them.")
        #expect(then.here.placement?.removed.map(\.reason) == ["RESOURCE:CPU"])
        let now = try account(town, task)
        #expect(now.here.placement?.basis == .now)
        #expect(now.here.summary.hasPrefix("As things are now, and not as they were"))
        #expect(now.pending == nil && now.stopped == nil)
    }

    @Test("here: RunTask's own constraints and strategies are told; chance is called chance")
    func wish() throws {
        let town = try Town("a b c")
        try town.ask(Town.definition("job"))
        let past = town.state
        try town.ask(
            Town.run("job", strategy: [.binpack(.cpu)], constraints: [.distinctInstance]))
        let packed = try #require(town.state.tasks.values.first)
        let need = try #require(try account(town, packed, placedIn: past).here.placement?.need)
        #expect(need.strategies == ["binpack(cpu)"] && need.constraints == ["distinctInstance"])
        try town.ask(Town.run("job"))
        let drawn = try #require(town.state.tasks.values.first { $0.id != packed.id })
        let here = try account(town, drawn).here
        #expect(here.placement?.need.strategies == ["random"])
        #expect(here.summary.contains("chance chooses among 3"))
        let started = try town.ask(
            .startTask(
                StartTask(
                    request: TaskRequest(
                        cluster: Town.cluster,
                        taskDefinition: TaskDefinitionReference(
                            region: "us-east-1", family: "job")),
                    instances: [try #require(town.instance("b")?.id)])))
        guard case .tasks(let tasks, _) = started else { return }
        let named = try account(town, try #require(tasks.first))
        #expect(named.here.summary == "Its caller named b (StartTask): no instance was chosen.")
    }

    @Test("pending: what its worker is doing, or that it can't be heard")
    func pending() throws {
        let town = try Town("a")
        try town.ask(Town.definition("job"))
        try town.ask(Town.run("job"))
        let task = try #require(town.state.tasks.values.first)
        #expect(
            try account(town, task).pending?.summary
                == "It was given to a, which has not reported on it yet.")
        #expect(try account(town, task).pending?.since == task.createdAt.milliseconds)
    }

    @Test("stopped: who wanted it, and what followed")
    func stopped() throws {
        let town = try Town("a b")
        try town.serve("web", 1)
        let first = try #require(try town.tasks("web").first)
        town.pass(.seconds(20))
        town.report(first, .stopped, code: 3, ran: .essentialContainerExited)
        town.settle()
        let crashed = try #require(try account(town, first).stopped)
        #expect(
            crashed.summary == "A container that it can't be without ended: app with code 3.")
        #expect(crashed.followed.hasPrefix("Its service web has started 1 since."))
        #expect(crashed.startedNext.map(\.lastStatus) == ["RUNNING"])

        let second = try #require(try town.tasks("web").first { $0.lastStatus == .running })
        try town.ask(Town.update("web", force: true))
        town.settle()
        let replaced = try #require(try account(town, second).stopped)
        #expect(replaced.summary.contains("has another deployment than its ecs-svc/"))

        try town.ask(Town.run("web"))
        let alone = try #require(town.state.tasks.values.first { $0.service == nil })
        try town.ask(
            .stopTask(TaskReference(cluster: Town.cluster, id: alone.id), reason: "enough"))
        let told = try #require(try account(town, alone).stopped)
        #expect(told.summary.contains("A client of the API asked for it. It was told to stop"))
        #expect(told.summary.contains("5 s each") && told.reason == "enough")
        #expect(told.followed.hasPrefix("Nothing"))
    }

    @Test("stopped with its worker")
    func lost() throws {
        let town = try Town("a b")
        try town.serve("web", 2)
        let task = try #require(
            try town.tasks("web").first { $0.instance == town.instance("a")?.id })
        town.lose("a")
        let stopped = try #require(try account(town, task).stopped)
        #expect(stopped.summary == "Its container instance a was lost or ended it.")
        #expect(stopped.startedNext.map(\.worker) == ["b"])
    }

    @Test("what is meant is found by id, by its beginning, by name and by ARN")
    func finding() throws {
        let town = try Town("a")
        try town.serve("web", 1)
        let id = "\(try #require(try town.tasks("web").first).id)"
        let arn = "arn:aws:ecs:us-east-1:000000000000:"
        for name in [id, String(id.prefix(8)), arn + "task/town/\(id)"] {
            #expect(try town.explain(name).task?.id == id)
        }
        for name in ["web", arn + "service/town/web", arn + "service/web"] {
            #expect(try town.explain(name).service?.name == "web")
        }
        func refusal(_ name: String) -> String {
            do {
                _ = try town.explain(name)
                return "none"
            } catch {
                return (error as? APIError)?.message ?? "\(error)"
            }
        }
        #expect(refusal("api").hasPrefix("Cluster town has no service named api"))
        #expect(refusal(String(id.prefix(3))).contains("no service named"))
        #expect(refusal(arn + "service/other/web").contains("is of cluster other"))
        #expect(refusal(arn + "cluster/town").contains("neither a task nor a service"))
    }
}
