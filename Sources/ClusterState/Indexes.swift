import HashTreeCollections
import Model

/// A name and what it is unique in.
struct ScopedName<Scope: Hashable & Sendable>: Hashable, Sendable {
    var scope: Scope
    var name: String
}

/// A worker's public key in the cluster that it joined with it.
struct KeyInCluster: Hashable, Sendable {
    var cluster: ClusterID
    var key: Fingerprint
}

/// The revisions of a family in a region.
struct Family: Sendable {
    /// How many are kept.
    var count = 0
    /// The newest that there ever was. None is above it, most below it are kept.
    var last = 0
}

/// The ways from one object to others, kept in step with the tables by ``ClusterState``.
struct Indexes: Sendable {
    var clusters: TreeDictionary<ScopedName<String>, ClusterID> = [:]
    var serviceNames: TreeDictionary<ScopedName<ClusterID>, ServiceID> = [:]
    var services: TreeDictionary<ClusterID, TreeSet<ServiceID>> = [:]
    var daemons: TreeDictionary<ClusterID, TreeSet<ServiceID>> = [:]
    var serviceDeployments: TreeDictionary<ServiceID, TreeSet<ServiceDeploymentID>> = [:]
    var serviceRevisions: TreeDictionary<ServiceID, TreeSet<DeploymentID>> = [:]
    var instances: TreeDictionary<ClusterID, TreeSet<InstanceID>> = [:]
    /// How many instances of a cluster are not INACTIVE.
    var registeredInstances: TreeDictionary<ClusterID, Int> = [:]
    /// Those that are not ACTIVE, the few.
    var instancesNotActive: TreeSet<InstanceID> = []
    var instancesOfName: TreeDictionary<ScopedName<ClusterID>, TreeSet<InstanceID>> = [:]
    var instancesOfWorker: TreeDictionary<WorkerID, TreeSet<InstanceID>> = [:]
    var families: TreeDictionary<ScopedName<String>, Family> = [:]
    var tasksOfService: TreeDictionary<ServiceID, ServiceTasks> = [:]
    var tasksOfInstance: TreeDictionary<InstanceID, InstanceTasks> = [:]
    /// The instances that have tasks.
    var instancesInUse: TreeDictionary<ClusterID, TreeSet<InstanceID>> = [:]
    var tasksOfCluster: TreeDictionary<ClusterID, TaskLists> = [:]
    var tasksOfToken: TreeDictionary<ScopedName<ClusterID>, [TaskID]> = [:]
    var workers: TreeDictionary<ClusterID, TreeSet<WorkerID>> = [:]
    var workersOfKey: TreeDictionary<KeyInCluster, WorkerID> = [:]

    /// A revision came that was not there.
    mutating func insert(revision key: TaskDefinitionKey) {
        let name = ScopedName(scope: key.region, name: key.family)
        families[name, default: Family()].count += 1
        families[name, default: Family()].last = max(lastRevision(of: name), key.revision)
    }

    mutating func remove(revision key: TaskDefinitionKey) {
        let name = ScopedName(scope: key.region, name: key.family)
        families[name]?.count -= 1
        if families[name]?.count == 0 { families[name] = nil }
    }

    func lastRevision(of family: ScopedName<String>) -> Int { families[family]?.last ?? 0 }

    /// An instance came, changed, or is forgotten.
    mutating func replace(_ old: ContainerInstance?, with new: ContainerInstance?) {
        if let old { remove(old) }
        guard let new else { return }
        instances.insert(new.id, under: new.cluster)
        instancesOfName.insert(new.id, under: ScopedName(scope: new.cluster, name: new.name))
        if let worker = new.worker { instancesOfWorker.insert(new.id, under: worker) }
        if new.status != .active { instancesNotActive.insert(new.id) }
        if new.status != .inactive { registeredInstances[new.cluster, default: 0] += 1 }
    }

    private mutating func remove(_ old: ContainerInstance) {
        instances.remove(old.id, under: old.cluster)
        instancesNotActive.remove(old.id)
        instancesOfName.remove(old.id, under: ScopedName(scope: old.cluster, name: old.name))
        if let worker = old.worker { instancesOfWorker.remove(old.id, under: worker) }
        guard old.status != .inactive, let count = registeredInstances[old.cluster] else { return }
        registeredInstances[old.cluster] = count > 1 ? count - 1 : nil
    }

    mutating func replace(_ old: ECSTask?, with task: ECSTask) {
        let isFirst = tasksOfInstance[task.instance, default: InstanceTasks()]
            .replace(old, with: task)
        if isFirst { instancesInUse.insert(task.instance, under: task.cluster) }
        tasksOfCluster[task.cluster, default: TaskLists()].replace(old, with: task)
        if let service = task.service {
            tasksOfService[service, default: ServiceTasks()].replace(old, with: task)
        }
        if old == nil, let token = task.clientToken {
            tasksOfToken[ScopedName(scope: task.cluster, name: token), default: []]
                .append(task.id)
        }
    }

    mutating func remove(_ task: ECSTask) {
        tasksOfInstance[task.instance]?.remove(task)
        if tasksOfInstance[task.instance]?.isEmpty == true {
            tasksOfInstance[task.instance] = nil
            instancesInUse.remove(task.instance, under: task.cluster)
        }
        tasksOfCluster[task.cluster]?.remove(task)
        if tasksOfCluster[task.cluster]?.isEmpty == true { tasksOfCluster[task.cluster] = nil }
        if let service = task.service {
            tasksOfService[service]?.remove(task)
            if tasksOfService[service]?.isEmpty == true { tasksOfService[service] = nil }
        }
        if let token = task.clientToken {
            let key = ScopedName(scope: task.cluster, name: token)
            tasksOfToken[key]?.removeAll { $0 == task.id }
            if tasksOfToken[key]?.isEmpty == true { tasksOfToken[key] = nil }
        }
    }
}

/// Sets that come and go with their members, so that what is gone leaves nothing behind.
extension TreeDictionary {
    mutating func insert<Member>(_ member: Member, under key: Key) where Value == TreeSet<Member> {
        self[key, default: []].insert(member)
    }

    mutating func remove<Member>(_ member: Member, under key: Key) where Value == TreeSet<Member> {
        self[key]?.remove(member)
        if self[key]?.isEmpty == true { self[key] = nil }
    }
}
