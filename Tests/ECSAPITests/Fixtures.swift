import ClusterState
import Model

/// One cluster with a worker, a definition, a service and a task, enough for every answer.
enum Fixture {
    static let cluster = Cluster(
        id: ClusterID(high: 1, low: 1), region: "us-east-1", name: "default",
        tags: [Tag(key: "team", value: "red")], createdAt: .noon)

    static let instance = ContainerInstance(
        id: InstanceID(high: 2, low: 1), cluster: cluster.id, name: "worker-1",
        registered: Resources(cpu: 2_048, memory: 4_096, tcpPorts: [22]),
        attributes: [
            Attribute(name: "ecs.availability-zone", value: "us-east-1a"),
            Attribute(name: "ecs.cpu-architecture", value: "x86_64"),
        ], agentVersion: "0.1.0", registeredAt: .noon)

    static let key = TaskDefinitionKey(region: "us-east-1", family: "web", revision: 1)

    static func definition(
        revision: Int = 1, family: String = "web", status: TaskDefinition.Status = .active,
        networkMode: NetworkMode = .bridge
    ) -> TaskDefinition {
        TaskDefinition(
            key: TaskDefinitionKey(region: "us-east-1", family: family, revision: revision),
            status: status, containers: [ContainerDefinition(name: "app", image: "nginx")],
            networkMode: networkMode, registeredAt: .noon,
            document: Document(json: #"{"containerDefinitions":[{"image":"nginx","name":"app"}]}"#))
    }

    static let deployment = Deployment(
        id: DeploymentID(number: 1_234_567_890_123_456_789), taskDefinition: key,
        rolloutStateReason: "ECS deployment ecs-svc/1234567890123456789 in progress.",
        createdAt: .noon, updatedAt: .noon)

    static func service(
        _ name: String = "web", number: UInt64 = 1, status: Service.Status = .active,
        document: Document = .empty
    ) -> Service {
        Service(
            id: ServiceID(high: 3, low: number), cluster: cluster.id, name: name, status: status,
            desiredCount: 1, placementStrategy: [.spread("instanceId"), .binpack(.memory)],
            deployments: [deployment], createdAt: .noon, document: document)
    }

    static func task(
        _ number: UInt64 = 1, status: TaskStatus = .running, desired: DesiredStatus = .running
    ) -> ECSTask {
        var container = Container(
            id: ContainerID(high: 5, low: number), name: "app", image: "nginx",
            lastStatus: .running, runtimeID: "4711",
            networkBindings: [NetworkBinding(containerPort: 80, hostPort: 32_768)], memory: 128)
        if status == .stopped {
            container.lastStatus = .stopped
            container.exitCode = 3
        }
        var task = ECSTask(
            id: TaskID(high: 4, low: number), instance: instance.id,
            origin: Shared(
                TaskOrigin(
                    cluster: cluster.id, definition: key, group: "service:web",
                    startedBy: deployment.id.description, service: service().id,
                    deployment: deployment.id,
                    reserved: Resources(cpu: 256, memory: 128, tcpPorts: [8_080]))),
            containers: [container], createdAt: .noon)
        task.desiredStatus = desired
        task.lastStatus = status
        task.startedAt = .noon
        return task
    }

    /// All of the above in one API.
    static var api: API {
        API(
            .cluster(cluster), .instance(instance), .taskDefinition(definition()),
            .service(service()), .task(task()))
    }

    static let taskID = "00000000000000040000000000000001"
    static let instanceID = "00000000000000020000000000000001"
    static let arns = "arn:aws:ecs:us-east-1:123456789012:"
}
