import ClusterState
import Model

extension Call {
    func rendered(
        _ instance: Model.ContainerInstance, cluster: String, in state: ClusterState, tags: Bool,
        health: ECS.ContainerInstanceHealthStatus? = nil
    ) -> ECS.ContainerInstance {
        let usage = state.usage(of: instance.id)
        let all = instance.registered
        // Ports are those that are taken, in both lists.
        let left = Resources(
            cpu: all.cpu - usage.cpu, memory: all.memory - usage.memory,
            tcpPorts: all.tcpPorts + usage.tcpPorts, udpPorts: all.udpPorts + usage.udpPorts,
            gpus: all.gpus - usage.gpus)
        return ECS.ContainerInstance(
            containerInstanceArn: arns.instance(instance.id, cluster: cluster),
            ec2InstanceId: instance.name,
            capacityProviderName: state.capacityProvider(of: instance)?.reference.name,
            version: instance.version,
            versionInfo: versionInfo(of: instance),
            remainingResources: rendered(left, gpus: all.gpus > 0),
            registeredResources: rendered(all, gpus: all.gpus > 0),
            status: instance.status.rawValue, agentConnected: instance.agentConnected,
            runningTasksCount: usage.running, pendingTasksCount: usage.pending,
            attributes: instance.attributes.map(rendered),
            registeredAt: Timestamp(instance.registeredAt), attachments: [],
            tags: tags ? rendered(instance.tags) : [], healthStatus: health)
    }

    private func versionInfo(of instance: Model.ContainerInstance) -> ECS.VersionInfo {
        let given = instance.document.flatMap { try? Coding.read(ECS.VersionInfo.self, from: $0) }
        return given ?? ECS.VersionInfo(agentVersion: instance.agentVersion)
    }

    func rendered(_ attribute: Model.Attribute) -> ECS.Attribute {
        ECS.Attribute(name: attribute.name, value: attribute.value)
    }

    private func rendered(_ resources: Resources, gpus: Bool) -> [ECS.Resource] {
        var result = [
            number("CPU", resources.cpu), number("MEMORY", resources.memory),
            ports("PORTS", resources.tcpPorts), ports("PORTS_UDP", resources.udpPorts),
        ]
        if gpus { result.append(number("GPU", resources.gpus)) }
        return result
    }

    private func number(_ name: String, _ value: Int) -> ECS.Resource {
        ECS.Resource(
            name: name, type: "INTEGER", doubleValue: 0, longValue: 0, integerValue: value)
    }

    private func ports(_ name: String, _ ports: [Int]) -> ECS.Resource {
        ECS.Resource(
            name: name, type: "STRINGSET", doubleValue: 0, longValue: 0, integerValue: 0,
            stringSetValue: Set(ports).sorted().map(String.init))
    }
}
