import ClusterState
import HashTreeCollections
import Model

/// The fold over a history in its plainest form: of each object the newest value, and no indexes.
struct PlainFold {
    private(set) var revision: UInt64 = 0
    private(set) var clusters: [ClusterID: Cluster] = [:]
    private(set) var definitions: [TaskDefinitionKey: TaskDefinition] = [:]
    private(set) var instances: [InstanceID: ContainerInstance] = [:]
    private(set) var services: [ServiceID: Service] = [:]
    private(set) var tasks: [TaskID: ECSTask] = [:]
    private(set) var serviceDeployments: [ServiceDeploymentID: ServiceDeployment] = [:]
    private(set) var serviceRevisions: [DeploymentID: ServiceRevision] = [:]
    private(set) var capacityProviders: [CapacityProviderReference: CapacityProvider] = [:]
    private(set) var accountSettings: [AccountSetting.Key: AccountSetting] = [:]
    private(set) var logGroups: [LogGroupReference: LogGroup] = [:]
    private(set) var events: [ServiceID: [ServiceEvent]] = [:]

    mutating func apply(_ record: ChangeRecord) {
        revision = record.revision
        switch record.change {
        case .cluster(let cluster): clusters[cluster.id] = cluster
        case .taskDefinition(let definition): definitions[definition.key] = definition
        case .instance(let instance): instances[instance.id] = instance
        case .service(let service): services[service.id] = service
        case .serviceEvent(let event): events[event.service, default: []].append(event)
        case .serviceDeployment(let deployment): serviceDeployments[deployment.id] = deployment
        case .serviceRevision(let revision): serviceRevisions[revision.id] = revision
        case .task(let task): tasks[task.id] = task
        case .removeCluster(let id): clusters[id] = nil
        case .removeTaskDefinition(let key): definitions[key] = nil
        case .removeInstance(let id): instances[id] = nil
        case .removeService(let id):
            services[id] = nil
            events[id] = nil
        case .removeServiceDeployment(let id): serviceDeployments[id] = nil
        case .removeServiceRevision(let id): serviceRevisions[id] = nil
        case .removeTask(let id): tasks[id] = nil
        case .capacityProvider(let provider): capacityProviders[provider.reference] = provider
        case .removeCapacityProvider(let reference): capacityProviders[reference] = nil
        case .accountSetting(let setting): accountSettings[setting.key] = setting
        case .removeAccountSetting(let key): accountSettings[key] = nil
        case .logGroup(let group): logGroups[group.reference] = group
        case .removeLogGroup(let reference): logGroups[reference] = nil
        case .joinToken, .worker, .removeJoinToken, .removeWorker, .accessKey, .removeAccessKey:
            break
        }
    }

    /// The first thing in which a state is not this.
    func difference(from state: ClusterState) -> String? {
        if state.revision != revision { return "revision \(state.revision), not \(revision)" }
        if !same(state.clusters, clusters) { return "clusters" }
        if !same(state.definitions, definitions) { return "definitions" }
        if !same(state.instances, instances) { return "instances" }
        if !same(state.services, services) { return "services" }
        if !same(state.serviceDeployments, serviceDeployments) { return "service deployments" }
        if !same(state.serviceRevisions, serviceRevisions) { return "service revisions" }
        if !same(state.tasks, tasks) { return "tasks" }
        if !same(state.capacityProviders, capacityProviders) { return "capacity providers" }
        if !same(state.accountSettings, accountSettings) { return "account settings" }
        if !same(state.logGroups, logGroups) { return "log groups" }
        for service in services.keys {
            let last = Array((events[service] ?? []).suffix(ClusterState.serviceEventsMaximum))
            if state.events(of: service) != last { return "events of \(service)" }
            let deployments = serviceDeployments.values.filter { $0.service == service }
            if Set(state.serviceDeployments(of: service)) != Set(deployments) {
                return "service deployments of \(service)"
            }
            let there = sorted { $0.service == service }
            if state.tasks(of: service) != there { return "tasks of \(service)" }
            if state.counts(of: service) != TaskCounts(there) { return "counts of \(service)" }
            let live = there.filter { $0.lastStatus != .stopped }
            if state.liveTasks(of: service) != live { return "live tasks of \(service)" }
            let outlines = state.outlines(of: service)
            if outlines.keys.sorted() != live.map(\.id) { return "outlines of \(service)" }
            for task in live
            where outlines[task.id]?.lastStatus != task.lastStatus
                || outlines[task.id]?.desiredStatus != task.desiredStatus
            {
                return "outline of \(task.id)"
            }
        }
        return instances.values.lazy.compactMap { differenceOn($0, from: state) }.first
    }

    private func differenceOn(
        _ instance: ContainerInstance, from state: ClusterState
    ) -> String? {
        let there = sorted { $0.instance == instance.id }
        let live = there.filter { $0.lastStatus != .stopped }
        let usage = state.usage(of: instance.id)
        if state.tasks(on: instance.id) != there { return "tasks on \(instance.name)" }
        if state.liveTasks(on: instance.id) != live { return "live tasks on \(instance.name)" }
        if state.isActive(instance.id) != (instance.status == .active) {
            return "whether \(instance.name) is active"
        }
        let isSame =
            usage.cpu == live.reduce(0) { $0 + $1.reserved.cpu }
            && usage.memory == live.reduce(0) { $0 + $1.reserved.memory }
            && usage.tcpPorts.sorted() == live.flatMap(\.reserved.tcpPorts).sorted()
            && usage.running == live.count { $0.desiredStatus == .running }
            && usage.pending == live.count { $0.lastStatus == .pending }
        return isSame ? nil : "usage of \(instance.name)"
    }

    private func sorted(_ isIn: (ECSTask) -> Bool) -> [ECSTask] {
        tasks.values.filter(isIn).sorted { $0.id < $1.id }
    }

    private func same<Key: Hashable, Value: Equatable>(
        _ table: TreeDictionary<Key, Value>, _ plain: [Key: Value]
    ) -> Bool {
        table.count == plain.count && plain.allSatisfy { table[$0.key] == $0.value }
    }

    private func same<Key: Hashable, Value: Equatable>(
        _ table: SharedTable<Key, Value>, _ plain: [Key: Value]
    ) -> Bool {
        table.count == plain.count && plain.allSatisfy { table[$0.key] == $0.value }
    }
}
