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

/// The ways from one object to others, kept in step with the tables by ``ClusterState``.
struct Indexes: Sendable {
    var clusters: TreeDictionary<ScopedName<String>, ClusterID> = [:]
    var serviceNames: TreeDictionary<ScopedName<ClusterID>, ServiceID> = [:]
    var services: TreeDictionary<ClusterID, TreeSet<ServiceID>> = [:]
    var instances: TreeDictionary<ClusterID, TreeSet<InstanceID>> = [:]
    /// How many instances of a cluster are not INACTIVE.
    var registeredInstances: TreeDictionary<ClusterID, Int> = [:]
    /// Those that are not ACTIVE, the few.
    var instancesNotActive: TreeSet<InstanceID> = []
    var instancesOfName: TreeDictionary<ScopedName<ClusterID>, TreeSet<InstanceID>> = [:]
    var instancesOfWorker: TreeDictionary<WorkerID, TreeSet<InstanceID>> = [:]
    /// Revisions of a family in a region, ascending.
    var revisions: TreeDictionary<ScopedName<String>, [Int]> = [:]
    var tasksOfCluster: TreeDictionary<ClusterID, TreeSet<TaskID>> = [:]
    var tasksOfService: TreeDictionary<ServiceID, TreeSet<TaskID>> = [:]
    var tasksOfInstance: TreeDictionary<InstanceID, TreeSet<TaskID>> = [:]
    /// Those that have not stopped: what decisions look at. Stopped tasks are kept for long and can
    /// be many more.
    var liveOfService: TreeDictionary<ServiceID, TreeDictionary<TaskID, TaskOutline>> = [:]
    var liveOfInstance: TreeDictionary<InstanceID, TreeSet<TaskID>> = [:]
    var tasksOfToken: TreeDictionary<ScopedName<ClusterID>, [TaskID]> = [:]
    var usage: TreeDictionary<InstanceID, InstanceUsage> = [:]
    var workers: TreeDictionary<ClusterID, TreeSet<WorkerID>> = [:]
    var workersOfKey: TreeDictionary<KeyInCluster, WorkerID> = [:]

    mutating func insert(revision key: TaskDefinitionKey) {
        let family = ScopedName(scope: key.region, name: key.family)
        let known = revisions[family] ?? []
        guard let last = known.last, key.revision <= last else {
            revisions[family, default: []].append(key.revision)
            return
        }
        guard !known.contains(key.revision) else { return }
        let place = known.firstIndex { $0 > key.revision } ?? known.endIndex
        revisions[family]?.insert(key.revision, at: place)
    }

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
        if let old {
            usage[old.instance]?.remove(old)
        } else {
            tasksOfCluster.insert(task.id, under: task.cluster)
            tasksOfInstance.insert(task.id, under: task.instance)
            if let service = task.service { tasksOfService.insert(task.id, under: service) }
            if let token = task.clientToken {
                tasksOfToken[ScopedName(scope: task.cluster, name: token), default: []]
                    .append(task.id)
            }
        }
        usage[task.instance, default: InstanceUsage()].add(task)
        if task.lastStatus == .stopped {
            removeLive(task)
            return
        }
        if old == nil || old?.lastStatus == .stopped {
            liveOfInstance.insert(task.id, under: task.instance)
        }
        if let service = task.service {
            liveOfService[service, default: [:]][task.id] = TaskOutline(task)
        }
    }

    private mutating func removeLive(_ task: ECSTask) {
        liveOfInstance.remove(task.id, under: task.instance)
        guard let service = task.service else { return }
        liveOfService[service]?[task.id] = nil
        if liveOfService[service]?.isEmpty == true { liveOfService[service] = nil }
    }

    mutating func remove(_ task: ECSTask) {
        usage[task.instance]?.remove(task)
        removeLive(task)
        tasksOfCluster.remove(task.id, under: task.cluster)
        tasksOfInstance.remove(task.id, under: task.instance)
        if tasksOfInstance[task.instance] == nil { usage[task.instance] = nil }
        if let service = task.service { tasksOfService.remove(task.id, under: service) }
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

/// What the tasks on an instance hold and how many there are. A task holds its resources from
/// placement until STOPPED.
public struct InstanceUsage: Hashable, Sendable {
    public private(set) var cpu = 0
    public private(set) var memory = 0
    public private(set) var gpus = 0
    public private(set) var tcpPorts: [Int] = []
    public private(set) var udpPorts: [Int] = []
    /// Tasks wanted RUNNING, as ECS counts `runningTasksCount`.
    public private(set) var running = 0
    /// Tasks that are PENDING.
    public private(set) var pending = 0
    private var runningOfGroup: TreeDictionary<String, Int> = [:]

    /// How many of ``running`` belong to a group.
    public func running(ofGroup group: String) -> Int {
        runningOfGroup[group] ?? 0
    }

    mutating func add(_ task: ECSTask) {
        guard task.lastStatus != .stopped else { return }
        count(task, by: 1)
        tcpPorts.append(contentsOf: task.reserved.tcpPorts)
        udpPorts.append(contentsOf: task.reserved.udpPorts)
    }

    mutating func remove(_ task: ECSTask) {
        guard task.lastStatus != .stopped else { return }
        count(task, by: -1)
        for port in task.reserved.tcpPorts { tcpPorts.removeFirst(equalTo: port) }
        for port in task.reserved.udpPorts { udpPorts.removeFirst(equalTo: port) }
    }

    private mutating func count(_ task: ECSTask, by sign: Int) {
        cpu += sign * task.reserved.cpu
        memory += sign * task.reserved.memory
        gpus += sign * task.reserved.gpus
        if task.desiredStatus == .running {
            running += sign
            let ofGroup = running(ofGroup: task.group) + sign
            runningOfGroup[task.group] = ofGroup == 0 ? nil : ofGroup
        }
        if task.lastStatus == .pending { pending += sign }
    }
}

extension [Int] {
    fileprivate mutating func removeFirst(equalTo value: Int) {
        if let index = firstIndex(of: value) { remove(at: index) }
    }
}
