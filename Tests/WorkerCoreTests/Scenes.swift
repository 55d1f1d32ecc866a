import Model
import TaskLifecycle
import Testing
import WorkerCore

// What happens in most stories, told once.
extension WorkerStory {
    /// Starts and registers; the manager's list is `assignments`. Its reactions are left to assert.
    static func registered(
        _ recovered: [RecoveredTask] = [], assignments: [Assignment] = [],
        configure: (inout WorkerCore.Settings) -> Void = { _ in }
    ) throws -> WorkerStory {
        let story = WorkerStory(configure: configure)
        story.when(.started(recovered))
        story.expectConnect()
        try story.join(session: 1)
        story.when(.assignments(story.stream, .complete(revision: 1, assignments, more: false)))
        return story
    }

    /// From a connection to a proven session.
    func join(session number: UInt64) throws {
        when(.connected(link))
        try accept(session: number)
    }

    /// The manager says that nothing is to run.
    func listNothing() {
        when(.assignments(stream, .complete(revision: 1, [], more: false)))
    }

    /// The session stands for a heartbeat more: its end is news from then on.
    func prove() throws {
        self.sleep()
        when(.heartbeatAnswered(try expectHeartbeat().call))
    }

    /// The manager accepts the registration that is being sent.
    func accept(session number: UInt64) throws {
        let (call, _) = try expectRegister()
        when(.registered(call, answer(session: number)))
        expectSaid(.info, "registered")
        expectOpen()
        when(.heartbeatAnswered(try expectHeartbeat().call))
    }

    func answer(
        session number: UInt64, as other: InstanceID? = nil, managers: [String] = []
    ) -> Registered {
        Registered(
            instance: other ?? instance, session: SessionID(high: 0, low: number), epoch: number,
            heartbeat: HeartbeatSettings(), managers: managers)
    }

    /// A one-container task goes from its assignment to RUNNING, reported and acknowledged.
    func run(_ spec: TaskSpec) throws {
        expectRun(.prepare(spec))
        when(.task(spec.id, .prepared))
        expectRun(.start(spec.id, container: "web"))
        when(.task(spec.id, .started(container: "web", start)))
        let report = try expectReport()
        #expect(report.reports.map(\.status) == [.running])
        when(.reportAnswered(report.call))
    }

    func change(_ change: AssignmentChange, from base: UInt64) {
        when(.assignments(stream, .changes(appliesTo: base, revision: base + 1, [change])))
    }

    var start: ContainerStart {
        ContainerStart(runtimeID: "1", startedAt: WallTime(milliseconds: 1_000_100))
    }

    func exit(_ code: Int) -> TaskInput {
        .exited(
            container: "web",
            ContainerEnd(code: code, finishedAt: WallTime(milliseconds: 1_000_900)))
    }
}

func task(_ number: UInt64, containers: [String] = ["web"]) -> TaskSpec {
    TaskSpec(
        id: TaskID(high: 0, low: number), arn: "arn:\(number)", cluster: "default", family: "web",
        revision: 1, group: "service:web",
        containers: containers.map { ContainerDefinition(name: $0, image: "image") },
        containerIDs: containers.indices.map { ContainerID(high: number, low: UInt64($0)) })
}

extension TaskSpec {
    var running: Assignment { Assignment(spec: self, desired: .running) }
    var stopped: Assignment { Assignment(spec: self, desired: .stopped) }

    func recovered(_ state: RecoveredContainer.State) -> RecoveredTask {
        RecoveredTask(
            spec: self,
            containers: containers.map { RecoveredContainer(name: $0.name, state: state) })
    }
}

let stopWeb = Duration.seconds(30)
