import Model
import TaskLifecycle
import Testing

/// A story of one task: each step gives an input and names every action that must follow.
struct TaskStory {
    var task: TaskLifecycle
    var now: Int64 = 0

    init(_ containers: [ContainerDefinition]) {
        task = TaskLifecycle(Self.spec(containers))
    }

    init(recovering containers: [ContainerDefinition], _ found: [RecoveredContainer]) {
        let recovered = RecoveredTask(spec: Self.spec(containers), containers: found)
        task = TaskLifecycle(recovered: recovered, at: Self.moment(0))
    }

    static func spec(_ containers: [ContainerDefinition]) -> TaskSpec {
        TaskSpec(
            id: TaskID(high: 1, low: 1), arn: "arn", cluster: "default", family: "web", revision: 1,
            group: "family:web", containers: containers,
            containerIDs: containers.indices.map { ContainerID(high: 2, low: UInt64($0)) })
    }

    /// Gives an input after `seconds`; the actions must be exactly `expected`.
    mutating func when(
        _ input: TaskInput, after seconds: Int64 = 1, expect expected: [TaskAction] = [],
        _ location: SourceLocation = #_sourceLocation
    ) {
        now += seconds * 1_000
        var actions: [TaskAction] = []
        let before = task.report
        task.handle(input, at: Self.moment(now), into: &actions)
        #expect(actions == expected, sourceLocation: location)
        #expect(task.report.status >= before.status, "status went back", sourceLocation: location)
        for (old, new) in zip(before.containers, task.report.containers) {
            #expect(new.status >= old.status, "\(old.name) went back", sourceLocation: location)
        }
    }

    /// Confirms, prepares and starts every container in the order given.
    static func running(_ containers: [ContainerDefinition], order: [String]) -> TaskStory {
        var story = TaskStory(containers)
        var actions: [TaskAction] = []
        story.task.handle(.confirm, at: moment(0), into: &actions)
        story.task.handle(.prepared, at: moment(0), into: &actions)
        for name in order {
            story.task.handle(.started(container: name, start(name)), at: moment(0), into: &actions)
        }
        #expect(actions == [.prepare] + order.map { .start(container: $0) })
        #expect(story.task.status == .running)
        return story
    }

    static func moment(_ milliseconds: Int64) -> Moment {
        Moment(
            monotonic: Instant(milliseconds: milliseconds),
            wall: WallTime(milliseconds: 1_000_000 + milliseconds))
    }

    static func start(_ name: String) -> ContainerStart {
        ContainerStart(
            runtimeID: "pid-\(name)", startedAt: WallTime(milliseconds: 1_000_500),
            networkBindings: [NetworkBinding(containerPort: 80, hostPort: 40_000)])
    }

    static func end(_ code: Int?) -> ContainerEnd {
        ContainerEnd(code: code, finishedAt: WallTime(milliseconds: 1_009_000))
    }

    func container(_ name: String) -> ContainerReport? {
        task.report.containers.first { $0.name == name }
    }
}

/// A container with the parts that order depends on.
func container(
    _ name: String, essential: Bool = true, needs: [(String, ContainerDependency.Condition)] = [],
    startTimeout: Int? = nil, stopTimeout: Int? = nil
) -> ContainerDefinition {
    ContainerDefinition(
        name: name, image: "image", essential: essential, startTimeout: startTimeout,
        stopTimeout: stopTimeout,
        dependsOn: needs.map { ContainerDependency(container: $0.0, condition: $0.1) })
}
