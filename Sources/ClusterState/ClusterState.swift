public import HashTreeCollections
public import Model

/// Everything the manager keeps: tables of the model with the indexes that decisions need.
///
/// A value: a copy costs nothing and shares its structure, so the manager publishes one after each
/// batch and readers use it without a lock. Only ``apply(_:)`` changes it. Tables have no order of
/// their own; the queries give their answers sorted, so that no decision sees a hash order.
public struct ClusterState: Sendable {
    /// The revision of the newest record in here.
    public private(set) var revision: UInt64 = 0

    public internal(set) var clusters: TreeDictionary<ClusterID, Cluster> = [:]
    public internal(set) var definitions = SharedTable<TaskDefinitionKey, TaskDefinition>()
    public internal(set) var instances: TreeDictionary<InstanceID, ContainerInstance> = [:]
    public internal(set) var services: TreeDictionary<ServiceID, Service> = [:]
    public internal(set) var serviceDeployments:
        TreeDictionary<ServiceDeploymentID, ServiceDeployment> = [:]
    public internal(set) var serviceRevisions: TreeDictionary<DeploymentID, ServiceRevision> = [:]
    public internal(set) var tasks: TreeDictionary<TaskID, ECSTask> = [:]
    public internal(set) var joinTokens: TreeDictionary<JoinTokenID, JoinToken> = [:]
    /// Workers that joined, whether they ever registered or not.
    public internal(set) var workers: TreeDictionary<WorkerID, WorkerIdentity> = [:]
    /// INACTIVE ones too, while they are kept.
    public internal(set) var capacityProviders:
        TreeDictionary<CapacityProviderReference, CapacityProvider> = [:]
    public internal(set) var accountSettings: TreeDictionary<AccountSetting.Key, AccountSetting> =
        [:]
    /// Revoked ones too.
    public internal(set) var accessKeys: TreeDictionary<AccessKeyID, AccessKey> = [:]
    /// Marks of deleted ones too.
    public internal(set) var logGroups: TreeDictionary<LogGroupReference, LogGroup> = [:]

    var events: TreeDictionary<ServiceID, [ServiceEvent]> = [:]
    var indexes = Indexes()

    public init() {}

    /// How many events a service keeps (ECS shows 100).
    public static let serviceEventsMaximum = 100

    /// Takes over one record. Records come in the order of their revisions.
    public mutating func apply(_ record: ChangeRecord) {
        revision = record.revision
        switch record.change {
        case .cluster(let cluster): put(cluster)
        case .taskDefinition(let definition): put(definition)
        case .instance(let instance): put(instance)
        case .service(let service): put(service)
        case .serviceEvent(let event): append(event)
        case .serviceDeployment(let deployment): put(deployment)
        case .serviceRevision(let revision): put(revision)
        case .task(let task): put(task)
        case .joinToken(let token): joinTokens[token.id] = token
        case .worker(let worker): put(worker)
        case .capacityProvider(let provider):
            capacityProviders[provider.reference] = provider
        case .accountSetting(let setting): accountSettings[setting.key] = setting
        case .accessKey(let key): accessKeys[key.id] = key
        case .logGroup(let group): logGroups[group.reference] = group
        case .removeCluster(let id): removeCluster(id)
        case .removeTaskDefinition(let key): removeDefinition(key)
        case .removeInstance(let id): removeInstance(id)
        case .removeService(let id): removeService(id)
        case .removeServiceDeployment(let id): removeServiceDeployment(id)
        case .removeServiceRevision(let id): removeServiceRevision(id)
        case .removeTask(let id): removeTask(id)
        case .removeJoinToken(let id): joinTokens[id] = nil
        case .removeWorker(let id): removeWorker(id)
        case .removeCapacityProvider(let reference): capacityProviders[reference] = nil
        case .removeAccountSetting(let key): accountSettings[key] = nil
        case .removeAccessKey(let id): accessKeys[id] = nil
        case .removeLogGroup(let reference): logGroups[reference] = nil
        }
    }

    private mutating func put(_ cluster: Cluster) {
        clusters[cluster.id] = cluster
        let name = ScopedName(scope: cluster.region, name: cluster.name)
        let holder = indexes.clusters[name].flatMap { clusters[$0] }
        if cluster.status == .active || holder?.status != .active {
            indexes.clusters[name] = cluster.id
        }
    }

    private mutating func put(_ definition: TaskDefinition) {
        if definitions.put(definition, for: definition.key) {
            indexes.insert(revision: definition.key)
        }
    }

    private mutating func put(_ instance: ContainerInstance) {
        let old = instances.updateValue(instance, forKey: instance.id)
        indexes.replace(old, with: instance)
    }

    private mutating func put(_ service: Service) {
        if services.updateValue(service, forKey: service.id) == nil {
            indexes.services.insert(service.id, under: service.cluster)
        }
        if service.schedulingStrategy == .daemon, service.status != .inactive {
            indexes.daemons.insert(service.id, under: service.cluster)
        } else {
            indexes.daemons.remove(service.id, under: service.cluster)
        }
        let name = ScopedName(scope: service.cluster, name: service.name)
        let holder = indexes.serviceNames[name].flatMap { services[$0] }
        if service.status != .inactive || holder == nil || holder?.status == .inactive {
            indexes.serviceNames[name] = service.id
        }
    }

    private mutating func append(_ event: ServiceEvent) {
        events[event.service, default: []].append(event)
        let surplus = (events[event.service]?.count ?? 0) - Self.serviceEventsMaximum
        if surplus > 0 { events[event.service]?.removeFirst(surplus) }
    }

    private mutating func put(_ task: ECSTask) {
        let old = tasks.updateValue(task, forKey: task.id)
        indexes.replace(old, with: task)
    }

    private mutating func removeCluster(_ id: ClusterID) {
        guard let cluster = clusters.removeValue(forKey: id) else { return }
        let name = ScopedName(scope: cluster.region, name: cluster.name)
        if indexes.clusters[name] == id { indexes.clusters[name] = nil }
    }

    private mutating func removeDefinition(_ key: TaskDefinitionKey) {
        if definitions.remove(key) { indexes.remove(revision: key) }
    }

    private mutating func removeInstance(_ id: InstanceID) {
        guard let instance = instances.removeValue(forKey: id) else { return }
        indexes.replace(instance, with: nil)
    }

    private mutating func removeService(_ id: ServiceID) {
        events[id] = nil
        guard let service = services.removeValue(forKey: id) else { return }
        indexes.services.remove(id, under: service.cluster)
        indexes.daemons.remove(id, under: service.cluster)
        let name = ScopedName(scope: service.cluster, name: service.name)
        if indexes.serviceNames[name] == id { indexes.serviceNames[name] = nil }
    }

    private mutating func removeTask(_ id: TaskID) {
        guard let task = tasks.removeValue(forKey: id) else { return }
        indexes.remove(task)
    }

    private mutating func put(_ worker: WorkerIdentity) {
        if workers.updateValue(worker, forKey: worker.id) == nil {
            indexes.workers.insert(worker.id, under: worker.cluster)
        }
        indexes.workersOfKey[KeyInCluster(cluster: worker.cluster, key: worker.key)] = worker.id
    }

    private mutating func removeWorker(_ id: WorkerID) {
        guard let worker = workers.removeValue(forKey: id) else { return }
        indexes.workers.remove(id, under: worker.cluster)
        let key = KeyInCluster(cluster: worker.cluster, key: worker.key)
        if indexes.workersOfKey[key] == id { indexes.workersOfKey[key] = nil }
    }
}
