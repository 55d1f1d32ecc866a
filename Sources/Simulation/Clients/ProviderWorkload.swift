import ClusterState
public import Model

/// Capacity providers over groups of a seed's hosts, and services that are divided among them.
/// Drawn from streams of its own, beside what ``Workload`` draws.
extension Plan {
    /// The providers of a cluster, all of which it may use, and what names none.
    public struct Providers: Sendable {
        public var creations: [CreateCapacityProvider]
        public var standard: [CapacityProviderShare]

        var names: [String] { creations.map(\.reference.name) }

        func put(standard: [CapacityProviderShare]) -> Command {
            .putClusterCapacityProviders(
                PutClusterCapacityProviders(
                    cluster: Plan.cluster, providers: names, strategy: standard))
        }

        /// One that the service can have: some of the providers, a base for one at most.
        func strategy(using chance: inout Chance) -> [CapacityProviderShare] {
            var shares = names.filter { _ in chance.happens(700) }.map { name in
                CapacityProviderShare(provider: name, weight: chance.number(0...3))
            }
            if shares.isEmpty { shares = [CapacityProviderShare(provider: names[0])] }
            let heavy = chance.below(shares.count)
            shares[heavy].weight += 1
            let first = chance.below(shares.count)
            if chance.happens(400) { shares[first].base = chance.number(1...4) }
            return shares
        }
    }

    mutating func addProviders() {
        var chance = Chance(seed: seed, concern: "capacity-providers")
        guard chance.happens(350) else { return }
        let groups = ["g0", "g1", "g2"].prefix(chance.number(2...3))
        for index in hosts.indices where chance.happens(850) {
            hosts[index].group = chance.pick(Array(groups))
        }
        var providers = Providers(
            creations: groups.map { group in
                CreateCapacityProvider(
                    reference: CapacityProviderReference(region: Self.region, name: "of-\(group)"),
                    group: group)
            }, standard: [])
        if chance.happens(400) { providers.standard = providers.strategy(using: &chance) }
        for index in services.indices
        where services[index].schedulingStrategy == .replica && chance.happens(600) {
            services[index].capacityProviderStrategy = providers.strategy(using: &chance)
        }
        self.providers = providers
    }
}

/// What clients do with capacity providers.
extension World {
    /// Now and then, where there are providers.
    func imagineProviders(_ client: Int, in cluster: Cluster) -> Command? {
        guard let providers = plan.providers, clients[client].ideas.happens(120) else { return nil }
        let strategy = providers.strategy(using: &clients[client].ideas)
        let isForced = clients[client].ideas.happens(500)
        let services = manager.disk.state.services(of: cluster.id).filter {
            $0.status == .active && $0.controller == .ecs && $0.schedulingStrategy == .replica
        }
        switch clients[client].ideas.below(10) {
        case ..<5:
            guard let service = clients[client].ideas.pick(services) else { return nil }
            var request = UpdateService(
                service: ServiceReference(cluster: Plan.cluster, name: service.name))
            request.capacityProviderStrategy = strategy
            request.forceNewDeployment = isForced
            return .updateService(request)
        case ..<8:
            guard let definition = clients[client].ideas.pick(plan.definitions) else { return nil }
            return runTask(of: definition, client, over: strategy, count: 1...6)
        default:
            return providers.put(standard: isForced ? strategy : [])
        }
    }
}
