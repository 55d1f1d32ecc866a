import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("What a worker says it has")
struct InventoryTests {
    /// Found by the simulator: a host that lost power, and what it knew, ran the task once more.
    @Test("Contract 3: a PENDING task of which a container ran, and that its worker lost, is over")
    func halfStartedTask() throws {
        let story = Story(workers: "a")
        story["a"].fate = { _ in .hangs }
        try story.define("web")
        let task = try #require(try story.run("web", 1).tasks.first)
        story.pass(.seconds(1))
        try story.report(
            story["a"],
            [
                TaskReport(
                    task: task.id, status: .pending,
                    containers: [ContainerReport(name: "app", status: .running)])
            ])
        #expect(story.state.tasks[task.id]?.lastStatus == .pending)
        story.kill(story["a"])
        story["a"].startAgain()
        story.pass(.seconds(1))
        let ended = try #require(story.state.tasks[task.id])
        #expect(ended.lastStatus == .stopped && ended.stopCode == .terminationNotice)
        #expect(ended.stoppedReason?.contains("came back without this task") == true)
    }

    @Test("A PENDING task that never began is begun by the worker that lost its memory")
    func freshTask() throws {
        let story = Story(workers: "a")
        try story.define("web")
        story["a"].freeze()
        let task = try #require(try story.run("web", 1).tasks.first)
        story["a"].thaw()
        story.restartAgent(story["a"])
        story.pass(.seconds(1))
        #expect(story.state.tasks[task.id]?.lastStatus == .running)
    }
}
