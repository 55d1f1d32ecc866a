public import HashTreeCollections
public import Model

/// Questions that a reader or a decision asks. Lists come sorted, never in a table's own order.
extension ClusterState {
    /// The cluster of that name, whether ACTIVE or, for a time after its deletion, INACTIVE.
    public func cluster(_ reference: ClusterReference) -> Cluster? {
        indexes.clusters[ScopedName(scope: reference.region, name: reference.name)]
            .flatMap { clusters[$0] }
    }

    /// By name.
    public func clusters(region: String) -> [Cluster] {
        clusters.values.filter { $0.region == region }.sorted { $0.name < $1.name }
    }

    public func service(_ name: String, in cluster: ClusterID) -> Service? {
        indexes.serviceNames[ScopedName(scope: cluster, name: name)].flatMap { services[$0] }
    }

    /// By name; INACTIVE ones too.
    public func services(of cluster: ClusterID) -> [Service] {
        (indexes.services[cluster] ?? []).compactMap { services[$0] }
            .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// Oldest first, the last ``serviceEventsMaximum`` of them.
    public func events(of service: ServiceID) -> [ServiceEvent] {
        events[service] ?? []
    }

    /// By id; INACTIVE ones too.
    public func instances(of cluster: ClusterID) -> [ContainerInstance] {
        instances.inOrder(indexes.instances[cluster])
    }

    /// How many of ``instances(of:)-(ClusterID)`` are not INACTIVE.
    public func registeredInstanceCount(of cluster: ClusterID) -> Int {
        indexes.registeredInstances[cluster] ?? 0
    }

    /// Whether a known instance is neither DRAINING nor INACTIVE.
    public func isActive(_ instance: InstanceID) -> Bool {
        !indexes.instancesNotActive.contains(instance)
    }

    /// Those whose worker calls itself so, by id; INACTIVE ones too.
    public func instances(named name: String, in cluster: ClusterID) -> [ContainerInstance] {
        instances.inOrder(indexes.instancesOfName[ScopedName(scope: cluster, name: name)])
    }

    /// Those that belong to a worker, by id; INACTIVE ones too.
    public func instances(of worker: WorkerID) -> [ContainerInstance] {
        instances.inOrder(indexes.instancesOfWorker[worker])
    }

    /// Whether requests to the API must be signed: once there was a key, for good. Revoked keys are
    /// kept, so that revoking the last opens nothing.
    public var demandsSignatures: Bool { !accessKeys.isEmpty }

    /// Oldest first; revoked ones too.
    public func accessKeysInOrder() -> [AccessKey] {
        accessKeys.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// Oldest first; those that have ended too, while they are kept.
    public func joinTokensInOrder() -> [JoinToken] {
        joinTokens.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// By id; revoked ones too, while they are kept.
    public func workers(of cluster: ClusterID) -> [WorkerIdentity] {
        workers.inOrder(indexes.workers[cluster])
    }

    /// How many ``workers(of:)`` gives.
    public func workerCount(of cluster: ClusterID) -> Int {
        indexes.workers[cluster]?.count ?? 0
    }

    /// Who joined a cluster with a key.
    public func worker(withKey key: Fingerprint, in cluster: ClusterID) -> WorkerIdentity? {
        indexes.workersOfKey[KeyInCluster(cluster: cluster, key: key)].flatMap { workers[$0] }
    }

    /// By id; STOPPED ones too, while they are kept.
    public func tasks(of cluster: ClusterID) -> [ECSTask] {
        let instances = (indexes.instancesInUse[cluster] ?? []).lazy
            .compactMap { indexes.tasksOfInstance[$0] }
        return tasks.inOrder(instances.flatMap { Array($0.live) + Array($0.stopped) })
    }

    public func tasks(of service: ServiceID) -> [ECSTask] {
        guard let known = indexes.tasksOfService[service] else { return [] }
        return tasks.inOrder(Array(known.live.keys) + Array(known.stopped))
    }

    public func tasks(on instance: InstanceID) -> [ECSTask] {
        guard let known = indexes.tasksOfInstance[instance] else { return [] }
        return tasks.inOrder(Array(known.live) + Array(known.stopped))
    }

    /// Those that have not stopped, by id.
    public func liveTasks(of service: ServiceID) -> [ECSTask] {
        outlines(of: service).map(\.key).sorted().compactMap { tasks[$0] }
    }

    /// What decisions on a service need to know of those that have not stopped, in no order.
    public func outlines(of service: ServiceID) -> TreeDictionary<TaskID, TaskOutline> {
        indexes.tasksOfService[service]?.live ?? [:]
    }

    /// Those that have not stopped, by id.
    public func liveTasks(on instance: InstanceID) -> [ECSTask] {
        tasks.inOrder(indexes.tasksOfInstance[instance]?.live)
    }

    /// Whether any task, STOPPED or not, is kept of the instance.
    public func hasTasks(on instance: InstanceID) -> Bool {
        indexes.tasksOfInstance[instance] != nil
    }

    /// The tasks that a client token of RunTask stands for, by id.
    public func tasks(token: String, in cluster: ClusterID) -> [ECSTask] {
        (indexes.tasksOfToken[ScopedName(scope: cluster, name: token)] ?? [])
            .compactMap { tasks[$0] }.sorted { $0.id < $1.id }
    }

    public func usage(of instance: InstanceID) -> InstanceUsage {
        indexes.tasksOfInstance[instance]?.usage ?? InstanceUsage()
    }

    /// All revisions of a family, ascending, whatever their status.
    public func revisions(of family: String, region: String) -> [TaskDefinition] {
        let last = lastRevision(of: family, region: region)
        return (0..<last).compactMap {
            definitions[TaskDefinitionKey(region: region, family: family, revision: $0 + 1)]
        }
    }

    /// The newest revision that the family ever had; 0 for one that is not known.
    public func lastRevision(of family: String, region: String) -> Int {
        indexes.lastRevision(of: ScopedName(scope: region, name: family))
    }

    /// Every family of a region that ever had a revision, sorted.
    public func families(region: String) -> [String] {
        indexes.families.keys.filter { $0.scope == region }.map(\.name).sorted()
    }

    /// The definition that a reference names: a given revision whatever its status, else the newest
    /// ACTIVE one.
    public func definition(_ reference: TaskDefinitionReference) -> TaskDefinition? {
        func revision(_ number: Int) -> TaskDefinition? {
            definitions[
                TaskDefinitionKey(
                    region: reference.region, family: reference.family, revision: number)]
        }
        if let number = reference.revision { return revision(number) }
        let last = lastRevision(of: reference.family, region: reference.region)
        return (0..<last).reversed().lazy.compactMap { revision($0 + 1) }
            .first { $0.status == .active }
    }
}

extension ClusterState {
    /// The capacity provider of its cluster that an instance is of.
    public func capacityProvider(of instance: ContainerInstance) -> CapacityProvider? {
        guard let cluster = clusters[instance.cluster],
            let names = cluster.capacityProviders, !names.isEmpty,
            let group = instance.attributes.first(where: {
                $0.name == CapacityProvider.groupAttribute
            })?.value
        else { return nil }
        return names.lazy
            .compactMap { name in
                let reference = CapacityProviderReference(region: cluster.region, name: name)
                return capacityProviders[reference]
            }
            .first { $0.group == group && $0.status == .active }
    }

    /// Those of a region that are ACTIVE, by name.
    public func capacityProviders(region: String) -> [CapacityProvider] {
        capacityProviders.values.filter { $0.reference.region == region && $0.status == .active }
            .sorted { $0.reference < $1.reference }
    }
}

extension TreeDictionary where Key: Comparable {
    /// The values of some keys, by key: values are large, and sorting would move them about.
    fileprivate func inOrder(_ keys: (some Sequence<Key>)?) -> [Value] {
        guard let keys else { return [] }
        return keys.sorted().compactMap { self[$0] }
    }
}
