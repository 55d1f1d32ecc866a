import ClusterState
import HashTreeCollections
import Model
import Placement

/// From a wish for a task to a task on an instance.
extension ManagerCore {
    /// Takes places for tasks; ``create(_:on:)`` makes each.
    mutating func takePlaces(for blueprint: TaskBlueprint, count: Int) -> Placements {
        boards[blueprint.cluster, default: Board()]
            .place(blueprint.need, count: count, using: &random)
    }

    /// Takes a place on one instance, whatever the constraints say.
    ///
    /// - Returns: What the instance lacks; `nil` if the place is taken.
    mutating func takePlace(for blueprint: TaskBlueprint, on instance: InstanceID) -> Misfit? {
        boards[blueprint.cluster, default: Board()].place(blueprint.need, on: instance)
    }

    /// Makes a task at a place that was taken for it, and tells its worker.
    mutating func create(_ blueprint: TaskBlueprint, on instance: InstanceID) -> ECSTask {
        let containers = blueprint.makes.map { Container(id: random.identifier(), make: $0) }
        let task = ECSTask(
            id: random.identifier(), instance: instance, origin: blueprint.origin,
            containers: containers, createdAt: now.wall)
        record(.task(task))
        assign(task)
        return task
    }

    /// Who lost its connection can be told nothing, and may be gone for good.
    func isReached(_ instance: InstanceID) -> Bool {
        sessions[instance]?.connected ?? true
    }

    /// A connection came or went.
    mutating func lookAtReach(of instance: InstanceID) {
        guard let cluster = state.instances[instance]?.cluster else { return }
        let isReached = isReached(instance)
        boards[cluster]?.reach(instance, isReached)
    }

    /// Boards hold what the state does: made anew for a state as it was recovered. That instances
    /// get their rows in a hash order reaches nothing: choices are settled by ids, not by rows.
    mutating func makeBoards() {
        for instance in state.instances.values {
            boards[instance.cluster, default: Board()].put(instance, isReached: true)
        }
        for task in state.tasks.values where task.lastStatus != .stopped {
            boards[task.cluster]?.add(task.holding, on: task.instance)
        }
    }

    /// A task changed: it may hold other things of its instance than before.
    mutating func move(_ old: ECSTask, to new: ECSTask) {
        let before = old.lastStatus == .stopped ? nil : old.holding
        let after = new.lastStatus == .stopped ? nil : new.holding
        guard before?.isWanted != after?.isWanted else { return }
        if let before { boards[new.cluster]?.remove(before, on: new.instance) }
        if let after { boards[new.cluster]?.add(after, on: new.instance) }
    }
}

extension ECSTask {
    /// What it has of its instance, until it has stopped.
    var holding: Holding {
        Holding(
            resources: reserved, isWanted: desiredStatus == .running, group: group,
            deployment: deployment)
    }
}

/// Everything about tasks to come but their places.
struct TaskBlueprint {
    let origin: Shared<TaskOrigin>
    /// With the overrides put in.
    let makes: [Shared<ContainerMake>]
    let need: Need

    var cluster: ClusterID { origin.value.cluster }

    /// A capacity provider's part of a strategy.
    struct Part: Hashable {
        var provider: String
        /// The group of workers that is meant.
        var group: String
    }

    init(
        of definition: TaskDefinition, in cluster: ClusterID, group: String,
        startedBy: String? = nil, service: ServiceID? = nil, deployment: DeploymentID? = nil,
        launchType: LaunchType, part: Part? = nil, overrides: TaskOverrides = TaskOverrides(),
        clientToken: String? = nil, takesCommands: Bool = false, tags: [Tag],
        constraints: [PlacementConstraint] = [], strategies: [PlacementStrategy] = [],
        wish: PlacementWish? = nil
    ) {
        let containers = definition.containers.map { $0.overridden(by: overrides) }
        makes = containers.map { container in
            Shared(
                ContainerMake(
                    name: container.name, image: container.image, cpu: container.cpu,
                    memory: container.memory, memoryReservation: container.memoryReservation))
        }
        let reserved = Resources(of: containers, in: definition, overrides)
        let onLost = OnLost(tags: definition.tags)
        origin = Shared(
            TaskOrigin(
                cluster: cluster, definition: definition.key, group: group, startedBy: startedBy,
                service: service, deployment: deployment, launchType: launchType,
                reserved: reserved, overrides: overrides, clientToken: clientToken, tags: tags,
                onLost: onLost, wish: wish, capacityProvider: part?.provider,
                hasHealthCheck: containers.contains {
                    $0.essential && $0.healthCheck != nil
                } ? true : nil, takesCommands: takesCommands ? true : nil))
        var others = onLost == .stop ? [Attribute(name: OnLost.capability)] : []
        if let part {
            others.append(Attribute(name: CapacityProvider.groupAttribute, value: part.group))
        }
        need = Need(
            resources: reserved,
            requiredAttributes: definition.missingSetup + definition.requiredAttributes + others,
            constraints: definition.placementConstraints + constraints, strategies: strategies,
            group: group, deployment: deployment, provider: part?.provider)
    }
}

extension Resources {
    /// What an amount may be. Sums over as many tasks as a manager can hold stay far from overflow.
    static let amounts = 0...Int(Int32.max)

    /// What a task holds on its instance: the task's own amounts if set, else the sum of its
    /// containers', by reservation where there is one (ECS, `ContainerDefinition`).
    fileprivate init(
        of containers: [ContainerDefinition], in definition: TaskDefinition,
        _ overrides: TaskOverrides
    ) {
        // A task with a network interface of its own takes no port of the host.
        let mappings =
            definition.networkMode == .awsvpc ? [] : containers.flatMap(\.portMappings)
        let fixed = mappings.filter { $0.hostPort > 0 }
        self.init(
            cpu: Self.amount(
                overrides.cpu ?? definition.cpu, orSumOf: containers.map(\.cpu)),
            memory: Self.amount(
                overrides.memory ?? definition.memory,
                orSumOf: containers.map { $0.memoryReservation ?? $0.memory ?? 0 }),
            tcpPorts: fixed.filter { $0.transport == .tcp }.map(\.hostPort),
            udpPorts: fixed.filter { $0.transport == .udp }.map(\.hostPort),
            gpus: Self.amount(nil, orSumOf: containers.map { $0.gpus ?? 0 }))
    }

    /// The task's own amount if it has one, else the sum of its containers', kept within
    /// ``amounts``.
    private static func amount(_ own: Int?, orSumOf parts: [Int]) -> Int {
        let clamp = { (amount: Int) in min(max(amount, amounts.lowerBound), amounts.upperBound) }
        return own.map(clamp) ?? parts.reduce(0) { clamp($0 + clamp($1)) }
    }
}
