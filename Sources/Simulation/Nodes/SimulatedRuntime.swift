public import Model
import OrderedCollections
import TaskLifecycle

/// One container of one task.
public struct ContainerName: Hashable, Sendable, CustomStringConvertible {
    public var task: TaskID
    public var container: String

    public init(task: TaskID, container: String) {
        self.task = task
        self.container = container
    }

    public var description: String { "\(task.description.prefix(8))/\(container)" }
}

/// What a host's runtime is about to do.
enum RuntimeStep: Sendable {
    case prepared(TaskSpec, agent: UInt64)
    case starts(ContainerName, agent: UInt64)
    case restarts(ContainerName, number: Int, agent: UInt64)
    case exits(ContainerName, code: Int?, reason: String?)
    case removed(TaskID, agent: UInt64)
    case checkEnds(ContainerName, number: Int, passed: Bool, agent: UInt64)
    /// Whether it may still live, if it must not outlive the worker's session.
    case leaseIsLookedAt(ContainerName)
}

/// What a host's runtime holds, whatever becomes of the agent.
struct SimulatedRuntime {
    struct Held {
        var spec: TaskSpec
        var containers: [Contained]
    }

    struct Contained {
        var definition: ContainerDefinition
        var state = RecoveredContainer.State.prepared
        var isStopRequested = false
        var restarts = 0
        /// When its health checks fail.
        var sick: ClosedRange<Int64>?

        var isRunning: Bool {
            if case .running = state { return true }
            return false
        }

        var fixedPorts: [Int] { definition.portMappings.map(\.hostPort).filter { $0 > 0 } }
    }

    private(set) var tasks: OrderedDictionary<TaskID, Held> = [:]

    var liveContainers: [ContainerName] {
        tasks.values.flatMap { held in
            held.containers.filter(\.isRunning).map {
                ContainerName(task: held.spec.id, container: $0.definition.name)
            }
        }
    }

    subscript(name: ContainerName) -> Contained? {
        get {
            tasks[name.task]?.containers.first { $0.definition.name == name.container }
        }
        set {
            guard let newValue,
                let index = tasks[name.task]?.containers.firstIndex(where: {
                    $0.definition.name == name.container
                })
            else { return }
            tasks[name.task]?.containers[index] = newValue
        }
    }

    mutating func hold(_ spec: TaskSpec) {
        tasks[spec.id] = Held(
            spec: spec, containers: spec.containers.map { Contained(definition: $0) })
    }

    /// Whether a running container has one of these ports.
    func isTaken(_ ports: [Int]) -> Bool {
        !ports.isEmpty
            && tasks.values.contains { held in
                held.containers.contains { container in
                    container.isRunning && container.fixedPorts.contains(where: ports.contains)
                }
            }
    }

    mutating func remove(_ id: TaskID) {
        tasks.removeValue(forKey: id)
    }

    /// Every container ends, and what was known of them may be gone too.
    mutating func losePower(at wall: WallTime, keepsRecords: Bool) {
        guard keepsRecords else {
            tasks = [:]
            return
        }
        for id in tasks.keys {
            for index in tasks[id]?.containers.indices ?? 0..<0 {
                guard case .running(let start) = tasks[id]?.containers[index].state else {
                    continue
                }
                tasks[id]?.containers[index].state = .exited(
                    start, ContainerEnd(code: nil, reason: "the host stopped", finishedAt: wall))
            }
        }
    }

    /// What a new agent finds.
    func list() -> [RecoveredTask] {
        tasks.values.map { held in
            RecoveredTask(
                spec: held.spec,
                containers: held.containers.map {
                    RecoveredContainer(
                        name: $0.definition.name, state: $0.state,
                        stopRequested: $0.isStopRequested, restarts: $0.restarts)
                })
        }
    }
}
