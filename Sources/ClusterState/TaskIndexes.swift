import HashTreeCollections
import Model

// Tasks that have stopped are kept for long and can be many more than those that decisions look at:
// the two are apart.

/// The tasks of a service.
struct ServiceTasks: Sendable {
    private(set) var live: TreeDictionary<TaskID, TaskOutline> = [:]
    private(set) var stopped: TreeSet<TaskID> = []
    private(set) var lists = TaskLists()
    /// Of each deployment and task set that has tasks: of the few that a service has at a time.
    private var deployments: [(id: DeploymentID, tasks: Int, counts: TaskCounts)] = []

    var isEmpty: Bool { live.isEmpty && stopped.isEmpty }

    func counts(of deployment: DeploymentID) -> TaskCounts? {
        deployments.first { $0.id == deployment }?.counts
    }

    mutating func replace(_ old: ECSTask?, with task: ECSTask) {
        lists.replace(old, with: task)
        if let old { count(old, by: -1) }
        count(task, by: 1)
        if task.lastStatus == .stopped {
            if let old, old.lastStatus != .stopped { live[task.id] = nil }
            if old?.lastStatus != .stopped { stopped.insert(task.id) }
        } else {
            if old?.lastStatus == .stopped { stopped.remove(task.id) }
            live[task.id] = TaskOutline(task)
        }
    }

    mutating func remove(_ task: ECSTask) {
        lists.remove(task)
        count(task, by: -1)
        live[task.id] = nil
        stopped.remove(task.id)
    }

    private mutating func count(_ task: ECSTask, by sign: Int) {
        guard let deployment = task.deployment else { return }
        let place = deployments.firstIndex { $0.id == deployment }
        let index = place ?? deployments.endIndex
        if place == nil { deployments.append((deployment, 0, TaskCounts())) }
        deployments[index].tasks += sign
        deployments[index].counts.count(task, by: sign)
        if deployments[index].tasks == 0 { deployments.remove(at: index) }
    }
}

/// The tasks that were placed on an instance, and what they hold.
struct InstanceTasks: Sendable {
    private(set) var live: TreeSet<TaskID> = []
    private(set) var stopped: TreeSet<TaskID> = []
    private(set) var usage = InstanceUsage()

    var isEmpty: Bool { live.isEmpty && stopped.isEmpty }

    /// - Returns: Whether there was no task before.
    mutating func replace(_ old: ECSTask?, with task: ECSTask) -> Bool {
        let isFirst = isEmpty
        if let old { usage.remove(old) }
        usage.add(task)
        let was = old.map { $0.lastStatus == .stopped }
        let isStopped = task.lastStatus == .stopped
        guard was != isStopped else { return isFirst }
        if isStopped {
            live.remove(task.id)
            stopped.insert(task.id)
        } else {
            if was == true { stopped.remove(task.id) }
            live.insert(task.id)
        }
        return isFirst
    }

    mutating func remove(_ task: ECSTask) {
        usage.remove(task)
        live.remove(task.id)
        stopped.remove(task.id)
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
    /// Tasks that are not STOPPED, whether they are to run or to stop.
    public private(set) var live = 0

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
        live += sign
        if task.desiredStatus == .running { running += sign }
        if task.lastStatus == .pending { pending += sign }
    }
}

extension [Int] {
    fileprivate mutating func removeFirst(equalTo value: Int) {
        if let index = firstIndex(of: value) { remove(at: index) }
    }
}
