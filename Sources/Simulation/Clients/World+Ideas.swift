import ClusterState
import HashTreeCollections
import Model

/// What clients come to think of, with what they can read of the cluster.
extension World {
    /// The requests that set a seed's services up, all of the first client.
    var setUp: [Command] {
        [.createCluster(CreateCluster(cluster: Plan.cluster))] + setUpOfProviders
            + plan.definitions.map { .registerTaskDefinition($0) }
            + plan.services.map { .createService($0) }
    }

    private var setUpOfProviders: [Command] {
        guard let providers = plan.providers else { return [] }
        return providers.creations.map { .createCapacityProvider($0) }
            + [providers.put(standard: providers.standard)]
    }

    /// The state that a reader sees: the newest durable one.
    private var seen: ClusterState { manager.disk.state }

    func imagine(_ client: Int) -> Command? {
        guard let cluster = seen.cluster(Plan.cluster) else { return nil }
        let rare = imagineProviders(client, in: cluster) ?? imagineTaskSets(client, in: cluster)
        if let rare { return rare }
        // With a race, all mean the same service.
        let services = seen.services(of: cluster.id).filter { $0.status == .active }
        let service =
            plan.has(.clientRace) ? services.first : clients[client].chance.pick(services)
        switch clients[client].chance.below(100) {
        case ..<22: return service.map { scale($0, client) }
        case ..<40: return service.flatMap { rollOut($0, client) }
        case ..<44: return service.map { force($0) }
        case ..<49: return service.map { rebound($0, client) }
        case ..<53: return service.map { replace($0, client) }
        case ..<72: return runTask(client)
        case ..<82: return stopTask(client, in: cluster.id)
        case ..<100 where plan.has(.operators): return operate(client, in: cluster)
        default: return nil
        }
    }

    private func update(
        _ service: Service, _ change: (inout UpdateService) -> Void
    ) -> Command {
        var request = UpdateService(
            service: ServiceReference(cluster: Plan.cluster, name: service.name))
        change(&request)
        return .updateService(request)
    }

    private func scale(_ service: Service, _ client: Int) -> Command {
        guard service.schedulingStrategy == .replica else { return force(service) }
        let most = max(2, min(plan.hosts.count * 2, 24))
        let count = clients[client].chance.number(0...most)
        return update(service) { $0.desiredCount = count }
    }

    /// A new revision, now and then one that can't run, and then the service's update.
    private func rollOut(_ service: Service, _ client: Int) -> Command? {
        guard let current = service.deployments.first?.taskDefinition,
            let definition = seen.definitions[current]
        else { return nil }
        let port = definition.containers.flatMap(\.portMappings).first?.hostPort
        var request = Workload.definition(
            current.family, port: port, tags: definition.tags, using: &clients[client].chance)
        if clients[client].chance.happens(150) {
            for index in request.containers.indices { request.containers[index].image = "bad" }
        }
        addHealth(to: &request)
        clients[client].todo.append(
            update(service) {
                $0.taskDefinition = TaskDefinitionReference(
                    region: Plan.region, family: current.family)
            })
        return .registerTaskDefinition(request)
    }

    private func force(_ service: Service) -> Command {
        update(service) { $0.forceNewDeployment = true }
    }

    private func rebound(_ service: Service, _ client: Int) -> Command {
        let bounds = Workload.bounds(using: &clients[client].chance)
        let isReplica = service.schedulingStrategy == .replica
        return update(service) {
            $0.minimumHealthyPercent = bounds.minimumHealthyPercent
            $0.maximumPercent = isReplica ? bounds.maximumPercent : 100
            // It would be refused else where zones are evened out.
            if bounds.maximumPercent == 100 { $0.availabilityZoneRebalancing = .disabled }
        }
    }

    private func replace(_ service: Service, _ client: Int) -> Command {
        let reference = ServiceReference(cluster: Plan.cluster, name: service.name)
        if let original = plan.services.first(where: { $0.service.name == service.name }) {
            var again = original
            again.clientToken = "again-\(now)"
            clients[client].todo.append(.createService(again))
        }
        return .deleteService(reference, force: true)
    }

    private func runTask(_ client: Int) -> Command? {
        guard let definition = clients[client].chance.pick(plan.definitions) else { return nil }
        return runTask(of: definition, client, count: 1...4)
    }

    /// - Parameter strategy: `nil` for the cluster's.
    func runTask(
        of definition: RegisterTaskDefinition, _ client: Int,
        over strategy: [CapacityProviderShare]? = nil, count: ClosedRange<Int>
    ) -> Command {
        var overrides = TaskOverrides()
        if clients[client].chance.happens(800) {
            overrides.containers = definition.containers.map {
                TaskOverrides.Container(name: $0.name, command: ["once"])
            }
        }
        return .runTask(
            RunTask(
                request: TaskRequest(
                    cluster: Plan.cluster,
                    taskDefinition: TaskDefinitionReference(
                        region: Plan.region, family: definition.family),
                    overrides: overrides, startedBy: "c\(client)"),
                count: clients[client].chance.number(count), capacityProviderStrategy: strategy,
                clientToken: "run-\(client)-\(now)"))
    }

    private func stopTask(_ client: Int, in cluster: ClusterID) -> Command? {
        let live = seen.tasks(of: cluster).filter { $0.lastStatus != .stopped }
        guard let task = clients[client].chance.pick(live) else { return nil }
        return .stopTask(
            TaskReference(cluster: Plan.cluster, id: task.id), reason: "a client's wish")
    }

    private func operate(_ client: Int, in cluster: Cluster) -> Command? {
        let instances = seen.instances(of: cluster.id).filter { $0.status != .inactive }
        let index = clients[client].chance.below(instances.count)
        let dice = clients[client].chance.below(20)
        guard let instance = instances.isEmpty ? nil : instances[index] else { return nil }
        switch dice {
        case ..<8:
            let drains = instance.status == .active
            return .updateContainerInstancesState(
                Plan.cluster, [instance.id], drains ? .draining : .active)
        case ..<9 where instances.count > 3 && !plan.isSheltered(named: instance.name):
            return .deregisterContainerInstance(
                InstanceReference(cluster: Plan.cluster, id: instance.id), force: true)
        case ..<16: return .resolveMassSilence(Plan.cluster, dice < 14 ? .replace : .hold)
        case ..<19: return endDeployment(client, in: cluster, seen)
        default: return nil
        }
    }
}

extension Plan {
    func isSheltered(named name: String) -> Bool {
        Int(name.dropFirst()).map(isSheltered) ?? false
    }
}
