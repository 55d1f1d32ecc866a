import ClusterState
import ECSAPI
import HashTreeCollections
import Model
import Telemetry

/// What `/metrics` tells of workers and services: worked out when it is asked for, since workers
/// and services come and go.
struct UsageMetrics: Sendable {
    let controlPlane: any ControlPlane

    /// Walks all running tasks: off the event loops.
    func readings() -> [Reading] {
        let state = controlPlane.snapshot()
        // `/metrics` is open to everybody, and these name what there is.
        guard !state.demandsSignatures else { return [] }
        let usage = controlPlane.usage()
        var instances = InstanceReadings()
        var services = ServiceReadings()
        let clusters = state.clusters.values.filter { $0.status == .active }
            .sorted { ($0.region, $0.name) < ($1.region, $1.name) }
        for cluster in clusters {
            let place = [("region", cluster.region), ("cluster", cluster.name)]
            for instance in state.instances(of: cluster.id).sorted(by: { $0.name < $1.name })
            where instance.agentConnected && instance.status != .inactive {
                instances.add(instance, place, in: state, usage)
            }
            for service in state.services(of: cluster.id) where service.status != .inactive {
                services.add(service, place, in: state, usage)
            }
        }
        return instances.readings + services.readings
    }
}

private struct InstanceReadings {
    private var impaired: [Reading.Sample] = []
    private var cpu: [Reading.Sample] = []
    private var memory: [Reading.Sample] = []

    mutating func add(
        _ instance: ContainerInstance, _ place: [(String, String)], in state: ClusterState,
        _ usage: UsageReading
    ) {
        let labels = place + [("instance", instance.name)]
        if let told = usage.health(of: instance) {
            impaired.append(Reading.Sample(labels, told.isWell ? 0 : 1))
        }
        let used = state.liveTasks(on: instance.id).flatMap { usage.usage(of: $0) }
        // Of a worker without containers nothing is told, and nothing is what they use.
        cpu.append(Reading.Sample(labels, used.reduce(0) { $0 + Double($1.cpu) } / 1_000_000))
        memory.append(Reading.Sample(labels, used.reduce(0) { $0 + Double($1.memory) }))
    }

    var readings: [Reading] {
        [
            Reading("muster_instance_cpu_cores", cpu),
            Reading("muster_instance_impaired", impaired),
            Reading("muster_instance_memory_bytes", memory),
        ]
    }
}

private struct ServiceReadings {
    private var cpu: [Reading.Sample] = []
    private var memory: [Reading.Sample] = []

    mutating func add(
        _ service: Model.Service, _ place: [(String, String)], in state: ClusterState,
        _ usage: UsageReading
    ) {
        guard let utilisation = state.utilisation(of: service.id, by: usage) else { return }
        let labels = place + [("service", service.name)]
        if let value = utilisation.cpu { cpu.append(Reading.Sample(labels, value)) }
        if let value = utilisation.memory { memory.append(Reading.Sample(labels, value)) }
    }

    var readings: [Reading] {
        [
            Reading("muster_service_cpu_utilisation_percent", cpu),
            Reading("muster_service_memory_utilisation_percent", memory),
        ]
    }
}
