import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// The containers that live, wherever they are.
struct ContainerWatch {
    private(set) var live: OrderedDictionary<ContainerName, Int> = [:]
    /// By worker: tasks that its agent has said are over.
    var over: [Int: Set<TaskID>] = [:]

    mutating func started(_ name: ContainerName, on worker: Int) -> Int? {
        defer { live[name] = worker }
        return live[name]
    }

    mutating func ended(_ name: ContainerName) { live[name] = nil }
}

/// A task runs where it was placed, once.
extension Checker {
    func containerStarted(
        _ name: ContainerName, on worker: Int, instances: Set<InstanceID>, isRestart: Bool,
        at time: Int64
    ) {
        now = time
        let other = containers.started(name, on: worker)
        expect(
            other == nil, "a task never runs twice at once",
            "container \(name) lives on \(other ?? 0) and starts on \(worker)")
        expect(
            containers.over[worker]?.contains(name.task) != true,
            "what an agent said is over never starts there",
            "container \(name) on worker \(worker)")
        checkCopies(of: name.task)
        guard let task = state.tasks[name.task] else {
            // It may be over for so long that it is forgotten.
            expect(
                answers.everSeen.contains(name.task), "a task is durable before it runs",
                "container \(name) starts on worker \(worker)")
            return
        }
        expect(
            instances.contains(task.instance), "a task runs where it was placed",
            "container \(name) starts on worker \(worker)")
        let container = task.containers.first { $0.name == name.container }
        expect(
            isRestart || container?.lastStatus == .pending || task.lastStatus == .stopped,
            "a container that was reported to run never starts again",
            "container \(name) on worker \(worker)")
    }

    /// An agent reports on its tasks, whether or not that ever comes to the manager.
    func said(_ reports: [TaskReport], on worker: Int) {
        for report in reports where report.status == .stopped {
            containers.over[worker, default: []].insert(report.task)
        }
    }

    /// What another run of the agent said of tasks that never began may never have been heard.
    func agentStarted(on worker: Int) { containers.over[worker] = nil }

    func containerEnded(_ name: ContainerName, on worker: Int, at time: Int64) {
        containers.ended(name)
    }
}
