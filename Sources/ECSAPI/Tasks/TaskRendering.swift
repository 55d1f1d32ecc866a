import ClusterState
import HashTreeCollections
import Model

extension Call {
    func rendered(
        _ task: ECSTask, cluster: String, in state: ClusterState, tags: Bool
    ) throws(APIError) -> ECS.Task {
        let instance = state.instances[task.instance]
        let arn = arns.task(task.id, cluster: cluster)
        let (architecture, zone) = machine(of: instance)
        let attachment = TaskAttachment(of: task)
        return ECS.Task(
            attachments: attachment.map { [$0.rendered] } ?? [],
            attributes: architecture.map {
                [ECS.Attribute(name: "ecs.cpu-architecture", value: $0)]
            } ?? [],
            availabilityZone: zone,
            capacityProviderName: provider(of: task, on: instance, in: state),
            clusterArn: arns.cluster(cluster),
            connectivity: instance?.agentConnected == true ? .connected : .disconnected,
            connectivityAt: Timestamp(task.createdAt),
            containerInstanceArn: arns.instance(task.instance, cluster: cluster),
            containers: task.containers.map {
                rendered($0, of: arn, task, cluster: cluster, attachment)
            },
            cpu: String(task.reserved.cpu), createdAt: Timestamp(task.createdAt),
            desiredStatus: task.desiredStatus.rawValue, enableExecuteCommand: task.takesCommands,
            executionStoppedAt: Timestamp(task.executionStoppedAt), group: task.group,
            healthStatus: ECS.HealthStatus(rawValue: task.health.rawValue),
            inferenceAccelerators: [], lastStatus: task.lastStatus.name,
            launchType: ECS.LaunchType(rawValue: task.launchType.rawValue),
            memory: String(task.reserved.memory), overrides: try overrides(of: task),
            pullStartedAt: Timestamp(task.pullStartedAt),
            pullStoppedAt: Timestamp(task.pullStoppedAt), startedAt: Timestamp(task.startedAt),
            startedBy: task.startedBy,
            stopCode: task.stopCode.flatMap { ECS.TaskStopCode(rawValue: $0.rawValue) },
            stoppedAt: Timestamp(task.stoppedAt), stoppedReason: task.stoppedReason,
            stoppingAt: Timestamp(task.stoppingAt), tags: tags ? rendered(task.tags) : [],
            taskArn: arn, taskDefinitionArn: arns.taskDefinition(task.definition),
            version: task.version)
    }

    /// A daemon's task is of no strategy, and yet on an instance of a provider.
    private func provider(
        of task: ECSTask, on instance: Model.ContainerInstance?, in state: ClusterState
    ) -> String? {
        guard task.group.hasPrefix("daemon:"), let instance else { return task.capacityProvider }
        return state.capacityProvider(of: instance)?.reference.name
    }

    private func rendered(
        _ container: Model.Container, of taskARN: String, _ task: ECSTask, cluster: String,
        _ attachment: TaskAttachment?
    ) -> ECS.Container {
        ECS.Container(
            containerArn: arns.container(container.id, task: task.id, cluster: cluster),
            taskArn: taskARN, name: container.name,
            image: container.image, imageDigest: container.imageDigest,
            runtimeId: container.runtimeID,
            lastStatus: container.lastStatus.name, exitCode: container.exitCode,
            reason: container.reason, networkBindings: container.networkBindings.map(rendered),
            networkInterfaces: attachment.map { [$0.interface] } ?? [],
            healthStatus: ECS.HealthStatus(rawValue: container.health.rawValue),
            managedAgents: task.takesCommands ? [commandAgent(of: container, task)] : nil,
            cpu: String(container.cpu), memory: container.memory.map { String($0) },
            memoryReservation: container.memoryReservation.map { String($0) })
    }

    /// What runs commands in a container. Muster's is its worker: it is there with the container.
    private func commandAgent(
        of container: Model.Container, _ task: ECSTask
    ) -> ECS.ManagedAgent {
        ECS.ManagedAgent(
            lastStartedAt: container.lastStatus == .pending ? nil : Timestamp(task.startedAt),
            name: .executeCommandAgent, lastStatus: container.lastStatus.name)
    }

    private func rendered(_ binding: Model.NetworkBinding) -> ECS.NetworkBinding {
        ECS.NetworkBinding(
            bindIP: binding.bindIP, containerPort: binding.containerPort,
            hostPort: binding.hostPort,
            protocol: ECS.TransportProtocol(rawValue: binding.transport.rawValue))
    }

    /// ECS names every container here, with or without something overridden.
    private func overrides(of task: ECSTask) throws(APIError) -> ECS.TaskOverride {
        guard task.overrides.document != .empty else {
            return ECS.TaskOverride(
                containerOverrides: task.containers.map { ECS.ContainerOverride(name: $0.name) },
                inferenceAcceleratorOverrides: [])
        }
        var overrides = try Coding.read(ECS.TaskOverride.self, from: task.overrides.document)
        let given = overrides.containerOverrides ?? []
        let others = task.containers.map(\.name).filter { name in
            !given.contains { $0.name == name }
        }
        overrides.containerOverrides = given + others.map { ECS.ContainerOverride(name: $0) }
        overrides.inferenceAcceleratorOverrides = []
        return overrides
    }

    /// What a task shows of its instance's attributes, found in one go.
    private func machine(
        of instance: Model.ContainerInstance?
    ) -> (architecture: String?, zone: String?) {
        guard let attributes = instance?.attributes else { return (nil, nil) }
        var found: (architecture: String?, zone: String?) = (nil, nil)
        // Lengths first: a hundred tasks have thousands of attributes to look at.
        for index in attributes.indices {
            switch attributes[index].name.utf8.count {
            case 20 where attributes[index].name == "ecs.cpu-architecture":
                found.architecture = attributes[index].value
            case 21 where attributes[index].name == "ecs.availability-zone":
                found.zone = attributes[index].value
            default: break
            }
        }
        return found
    }
}
