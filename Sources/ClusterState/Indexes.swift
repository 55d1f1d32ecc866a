import HashTreeCollections
import Model

/// A name and what it is unique in.
struct ScopedName<Scope: Hashable & Sendable>: Hashable, Sendable {
    var scope: Scope
    var name: String
}

/// The ways from one object to others, kept in step with the tables by ``ClusterState``.
struct Indexes: Sendable {
    var clusters: TreeDictionary<ScopedName<String>, ClusterID> = [:]
    var serviceNames: TreeDictionary<ScopedName<ClusterID>, ServiceID> = [:]
    var services: TreeDictionary<ClusterID, TreeSet<ServiceID>> = [:]
    var instances: TreeDictionary<ClusterID, TreeSet<InstanceID>> = [:]
    /// Revisions of a family in a region, ascending.
    var revisions: TreeDictionary<ScopedName<String>, [Int]> = [:]
    var tasksOfCluster: TreeDictionary<ClusterID, TreeSet<TaskID>> = [:]
    var tasksOfService: TreeDictionary<ServiceID, TreeSet<TaskID>> = [:]
    var tasksOfInstance: TreeDictionary<InstanceID, TreeSet<TaskID>> = [:]
    var tasksOfToken: TreeDictionary<ScopedName<ClusterID>, [TaskID]> = [:]
    var usage: TreeDictionary<InstanceID, InstanceUsage> = [:]

    mutating func insert(revision key: TaskDefinitionKey) {
        let family = ScopedName(scope: key.region, name: key.family)
        var known = revisions[family] ?? []
        guard !known.contains(key.revision) else { return }
        let place = known.firstIndex { $0 > key.revision } ?? known.endIndex
        known.insert(key.revision, at: place)
        revisions[family] = known
    }

    mutating func replace(_ old: ECSTask?, with task: ECSTask) {
        if let old {
            usage[old.instance]?.remove(old)
        } else {
            tasksOfCluster[task.cluster, default: []].insert(task.id)
            tasksOfInstance[task.instance, default: []].insert(task.id)
            if let service = task.service {
                tasksOfService[service, default: []].insert(task.id)
            }
            if let token = task.clientToken {
                tasksOfToken[ScopedName(scope: task.cluster, name: token), default: []]
                    .append(task.id)
            }
        }
        usage[task.instance, default: InstanceUsage()].add(task)
    }

    mutating func remove(_ task: ECSTask) {
        usage[task.instance]?.remove(task)
        tasksOfCluster[task.cluster]?.remove(task.id)
        if tasksOfInstance[task.instance]?.remove(task.id) != nil,
            tasksOfInstance[task.instance]?.isEmpty == true
        {
            tasksOfInstance[task.instance] = nil
            usage[task.instance] = nil
        }
        if let service = task.service {
            tasksOfService[service]?.remove(task.id)
            if tasksOfService[service]?.isEmpty == true { tasksOfService[service] = nil }
        }
        if let token = task.clientToken {
            let key = ScopedName(scope: task.cluster, name: token)
            tasksOfToken[key]?.removeAll { $0 == task.id }
            if tasksOfToken[key]?.isEmpty == true { tasksOfToken[key] = nil }
        }
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
        if task.desiredStatus == .running { running += sign }
        if task.lastStatus == .pending { pending += sign }
    }
}

extension [Int] {
    fileprivate mutating func removeFirst(equalTo value: Int) {
        if let index = firstIndex(of: value) { remove(at: index) }
    }
}
