import ClusterState
import HashTreeCollections
import Model

/// What services ask of their deployments, and services with a task on each host. Drawn from
/// streams of its own, beside what ``Workload`` draws.
extension Workload {
    mutating func addDeployments(seed: UInt64) {
        var chance = Chance(seed: seed, concern: "deployments")
        for index in services.indices {
            services[index].deploymentConfiguration.circuitBreaker = Self.breaker(&chance)
            if chance.happens(250) {
                let value = "\(chance.number(2...4))/\(chance.number(3...20))"
                services[index].tags.append(Tag(key: CrashLoopRule.tag, value: value))
            }
        }
        addRebalancing(seed: seed)
        guard chance.happens(500) else { return }
        let family = chance.pick(definitions)?.family ?? "f0"
        services.append(
            CreateService(
                service: ServiceReference(cluster: Plan.cluster, name: "d0"),
                taskDefinition: TaskDefinitionReference(region: Plan.region, family: family),
                schedulingStrategy: .daemon, desiredCount: 0,
                deploymentConfiguration: DeploymentConfiguration(
                    minimumHealthyPercent: chance.pick([0, 0, 50]) ?? 0, maximumPercent: 100,
                    circuitBreaker: Self.breaker(&chance)),
                clientToken: "create-d0"))
    }

    /// Some services even themselves out over instances, some not even over zones.
    private mutating func addRebalancing(seed: UInt64) {
        var chance = Chance(seed: seed, concern: "rebalancing")
        for index in services.indices {
            if chance.happens(400) {
                let value = "instances/\(chance.number(1...3))/\(chance.number(0...20))"
                services[index].tags.append(Tag(key: RebalanceRule.tag, value: value))
            }
            if chance.happens(300) { services[index].availabilityZoneRebalancing = .disabled }
        }
    }

    private static func breaker(_ chance: inout Chance) -> CircuitBreakerSettings {
        CircuitBreakerSettings(enable: chance.happens(650), rollback: chance.happens(800))
    }
}

/// What clients do to deployments.
extension World {
    /// Ends a deployment that is under way.
    func endDeployment(_ client: Int, in cluster: Cluster, _ state: ClusterState) -> Command? {
        let open = state.services(of: cluster.id).flatMap { service in
            state.serviceDeployments(of: service.id).filter { !$0.status.isFinal }
                .map { (service, $0) }
        }
        let index = clients[client].chance.below(open.count)
        let isAborted = clients[client].chance.happens(300)
        guard !open.isEmpty else { return nil }
        let (service, deployment) = open[index]
        return .stopServiceDeployment(
            ServiceDeploymentReference(
                service: ServiceReference(cluster: Plan.cluster, name: service.name),
                id: deployment.id), isAborted ? .abort : .rollback)
    }
}
