import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import OrderedCollections
import Testing

@Suite("A worker's reports")
struct ReportTests {
    func storyWithTask() throws -> (Story, TaskID) {
        let story = Story(workers: "a b")
        for worker in story.workers { worker.fate = { _ in .hangs } }
        try story.define("job")
        return (story, try story.run("job").tasks[0].id)
    }

    @Test(
        "Contract 2: A status moves forward only; what would go back is ignored and counted",
        arguments: [
            ([TaskStatus.running, .pending], TaskStatus.running, 1),
            ([.running, .running, .running], .running, 0),
            ([.activating, .pending, .running], .running, 1),
            ([.stopped, .running, .pending], .stopped, 2),
            ([.deactivating, .running, .stopped], .stopped, 1),
            ([.stopped, .stopped], .stopped, 1),
        ])
    func forward(reports: [TaskStatus], end: TaskStatus, ignored: Int) throws {
        let (story, task) = try storyWithTask()
        for status in reports { try story.report(task, status) }
        #expect(story.state.tasks[task]?.lastStatus == end)
        #expect(story.ignoredReports == ignored)
    }

    @Test("A task whose worker does not know why it ended says that")
    func unknownEnd() throws {
        let (story, task) = try storyWithTask()
        try story.report(task, .stopped)
        #expect(
            story.state.tasks[task]?.stoppedReason
                == "Task ended; its container instance does not know why")
    }

    @Test("The same report again changes nothing")
    func duplicates() throws {
        let (story, task) = try storyWithTask()
        try story.report(task, .running)
        let revision = story.state.revision
        story.pass(.milliseconds(500))
        try story.report(task, .running)
        #expect(story.state.revision == revision)
    }

    @Test("A worker reports on its own tasks only")
    func foreign() throws {
        let (story, task) = try storyWithTask()
        let owner = try #require(story.state.tasks[task]?.instance)
        let other = try #require(story.workers.first { $0.instance != owner })
        try story.report(other, [other.report(task, .stopped)])
        try story.report(other, [other.report(TaskID(high: 1, low: 1), .running)])
        #expect(story.state.tasks[task]?.lastStatus == .pending)
        #expect(story.ignoredReports == 2)
    }

    @Test(
        "Desired is the manager's: a task that stops by itself is never wanted RUNNING again"
    )
    func desired() throws {
        let (story, task) = try storyWithTask()
        try story.report(task, .running)
        #expect(story.state.tasks[task]?.desiredStatus == .running)
        try story.report(task, .deactivating)
        #expect(story.state.tasks[task]?.desiredStatus == .stopped)
        try story.report(task, .running)
        #expect(story.state.tasks[task]?.desiredStatus == .stopped)
    }

    @Test("A STOPPED task frees what it held, its containers are STOPPED, its worker may forget it")
    func stopped() throws {
        let (story, task) = try storyWithTask()
        let worker = try #require(
            story.workers.first { $0.instance == story.state.tasks[task]?.instance })
        let instance = try #require(worker.instance)
        #expect(story.state.usage(of: instance).cpu == 256)
        try story.report(worker, [TaskReport(task: task, status: .stopped)])
        #expect(story.state.usage(of: instance).cpu == 0)
        #expect(story.state.liveTasks(on: instance).isEmpty)
        #expect(worker.tasks.isEmpty)
    }

    @Test("Words and lists of a worker are kept within bounds")
    func bounds() throws {
        let (story, task) = try storyWithTask()
        var report = TaskReport(task: task, status: .stopped)
        report.reason = "e" + String(repeating: "\u{301}", count: 100_000)
        var container = ContainerReport(name: "app", status: .stopped)
        container.reason = String(repeating: "é", count: 5_000)
        container.runtimeID = String(repeating: "x", count: 5_000)
        container.networkBindings = Array(
            repeating: NetworkBinding(containerPort: 1, hostPort: 1), count: 10_000)
        report.containers = [container, ContainerReport(name: "stranger", status: .running)]
        let worker = try #require(
            story.workers.first { $0.instance == story.state.tasks[task]?.instance })
        try story.report(worker, [report])
        let end = try #require(story.state.tasks[task])
        #expect(end.stoppedReason.map { $0.utf8.count <= 1_024 } == true)
        #expect(end.containers.count == 1)
        #expect(end.containers[0].reason == String(repeating: "é", count: 512))
        #expect(end.containers[0].runtimeID?.count == 1_024)
        #expect(end.containers[0].networkBindings.count == 200)
    }

    @Test("More than a bound of reports in one message is refused")
    func tooMany() throws {
        let (story, _) = try storyWithTask()
        let reports = Array(
            repeating: TaskReport(task: TaskID(high: 1, low: 1), status: .running), count: 10_001)
        #expect(throws: WorkerRefusal.self) { try story.report(story["a"], reports) }
    }

    @Test("Network bindings come through")
    func details() throws {
        let (story, task) = try storyWithTask()
        let binding = NetworkBinding(containerPort: 80, hostPort: 32_768)
        let worker = try #require(
            story.workers.first { $0.instance == story.state.tasks[task]?.instance })
        var report = worker.report(task, .running)
        report.containers[0].networkBindings = [binding]
        try story.report(worker, [report])
        let container = try #require(story.state.tasks[task]?.containers[0])
        #expect(container.networkBindings == [binding])
    }
}
