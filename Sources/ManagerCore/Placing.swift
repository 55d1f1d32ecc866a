import ClusterState
import HashTreeCollections
import Model
import Placement

/// From a wish for a task to a task on an instance.
extension ManagerCore {
    /// The instances of a cluster as placement sees them, for tasks of one group, some of which may
    /// be about to leave.
    func board(
        of cluster: ClusterID, group: String, leaving: [InstanceID: Int] = [:]
    ) -> Board {
        board(of: state.instances(of: cluster), group: group, leaving: leaving)
    }

    /// The same with some instances of a cluster, in the order of their ids: StartTask names them,
    /// and a cluster can have thousands of others.
    func board(
        of instances: [ContainerInstance], group: String, leaving: [InstanceID: Int] = [:]
    ) -> Board {
        Board(
            instances.compactMap { instance in
                if instance.status == .inactive { return nil }
                let usage = state.usage(of: instance.id)
                // Who lost its connection can be told nothing, and may be gone for good.
                let isReached = sessions[instance.id]?.connected ?? true
                return Candidate(
                    instance: instance, connected: instance.agentConnected && isReached,
                    freeCPU: instance.registered.cpu - usage.cpu,
                    freeMemory: instance.registered.memory - usage.memory,
                    freeGPUs: instance.registered.gpus - usage.gpus,
                    tcpPorts: Set(instance.registered.tcpPorts + usage.tcpPorts),
                    udpPorts: Set(instance.registered.udpPorts + usage.udpPorts),
                    tasks: usage.running,
                    tasksOfGroup: usage.running(ofGroup: group),
                    tasksLeaving: leaving[instance.id] ?? 0)
            })
    }

    /// Makes a task on an instance that has room for it, and tells its worker.
    mutating func create(
        _ blueprint: TaskBlueprint, holding reserved: Resources, on instance: InstanceID
    ) -> ECSTask {
        let containers = blueprint.definition.containers.map { definition in
            let effective = definition.overridden(by: blueprint.overrides)
            return Container(
                id: random.identifier(), name: effective.name, image: effective.image,
                cpu: effective.cpu, memory: effective.memory,
                memoryReservation: effective.memoryReservation)
        }
        let task = ECSTask(
            id: random.identifier(), cluster: blueprint.cluster, instance: instance,
            definition: blueprint.definition.key, group: blueprint.group,
            startedBy: blueprint.startedBy, service: blueprint.service,
            deployment: blueprint.deployment, launchType: blueprint.launchType,
            containers: containers, reserved: reserved,
            overrides: blueprint.overrides, createdAt: now.wall,
            clientToken: blueprint.clientToken, tags: blueprint.tags)
        record(.task(task))
        if let assignment = assignment(of: task) { assign(.put(assignment), to: instance) }
        return task
    }
}

/// Everything about a task but its place.
struct TaskBlueprint {
    var cluster: ClusterID
    var definition: TaskDefinition
    var overrides = TaskOverrides()
    var group: String
    var startedBy: String?
    var service: ServiceID?
    var deployment: DeploymentID?
    var launchType: LaunchType
    var clientToken: String?
    var tags: [Tag] = []
    var constraints: [PlacementConstraint] = []
    var strategies: [PlacementStrategy] = []

    /// What the task holds on its instance: the task's own amounts if set, else the sum of its
    /// containers', by reservation where there is one (ECS, `ContainerDefinition`).
    private var reserved: Resources {
        let containers = definition.containers.map { $0.overridden(by: overrides) }
        let fixed = containers.flatMap(\.portMappings).filter { $0.hostPort > 0 }
        return Resources(
            cpu: Resources.amount(
                overrides.cpu ?? definition.cpu,
                orSumOf: containers.map(\.cpu)),
            memory: Resources.amount(
                overrides.memory ?? definition.memory,
                orSumOf: containers.map { $0.memoryReservation ?? $0.memory ?? 0 }),
            tcpPorts: fixed.filter { $0.transport == .tcp }.map(\.hostPort),
            udpPorts: fixed.filter { $0.transport == .udp }.map(\.hostPort))
    }

    var need: Need {
        Need(
            resources: reserved, requiredAttributes: definition.requiredAttributes,
            constraints: definition.placementConstraints + constraints, strategies: strategies)
    }
}

extension Resources {
    /// What an amount may be. Sums over as many tasks as a manager can hold stay far from overflow.
    static let amounts = 0...Int(Int32.max)

    /// The task's own amount if it has one, else the sum of its containers', kept within
    /// ``amounts``.
    fileprivate static func amount(_ own: Int?, orSumOf parts: [Int]) -> Int {
        let clamp = { (amount: Int) in min(max(amount, amounts.lowerBound), amounts.upperBound) }
        return own.map(clamp) ?? parts.reduce(0) { clamp($0 + clamp($1)) }
    }
}
