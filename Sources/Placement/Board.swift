public import Model

/// The instances of a cluster as placement sees them: what is free on each and whose tasks are
/// there. It is kept up to date task by task, so that a decision needs no look at all of them.
///
/// Instances have rows, and what a search reads of each is side by side in memory. What a search
/// found is kept (``Shortlist``), and what changed since is read from ``changes``: placing one more
/// task of a deployment costs the same in a cluster of any size.
public struct Board: Sendable {
    /// What a search compares.
    struct Room: Sendable {
        var cpu: Int
        var memory: Int
        var gpus: Int
        /// Tasks of any kind that are wanted there.
        var tasks = 0
        var isActive = false
        /// ACTIVE, connected, and within reach.
        var isOpen = false
        var id: InstanceID
    }

    /// Host ports taken, by tasks or by the worker itself; one may be taken twice.
    struct Ports: Sendable {
        var tcp: [Int]
        var udp: [Int]
    }

    private(set) var rooms: [Room] = []
    private(set) var ports: [Ports] = []
    /// `nil` for a row that is free.
    private(set) var instances: [ContainerInstance?] = []
    /// Whether the manager can reach the worker at present.
    private(set) var isReached: [Bool] = []
    private var rows: [InstanceID: Int] = [:]
    private var freeRows: [Int] = []
    /// Those that are not free, by the ids of their instances.
    private(set) var rowsInOrder: [Int] = []

    var crews: [Crew.Name: Crew] = [:]
    var columns = Columns()
    var changes = ChangeLog()
    var shortlists = Shortlists()

    public init() {}

    func row(of instance: InstanceID) -> Int? { rows[instance] }

    /// An instance came or changed.
    ///
    /// - Parameter isReached: Whether its worker can be told anything just now.
    public mutating func put(_ instance: ContainerInstance, isReached: Bool) {
        let row = rows[instance.id] ?? newRow(for: instance.id)
        let old = instances[row]
        if let registered = old?.registered {
            rooms[row].add(registered, times: -1)
            ports[row].give(registered)
        }
        rooms[row].add(instance.registered, times: 1)
        ports[row].take(instance.registered)
        instances[row] = instance
        self.isReached[row] = isReached
        rooms[row].isActive = instance.status == .active
        rooms[row].isOpen = rooms[row].isActive && isReached && instance.agentConnected
        if old.map({ !$0.isSame(as: instance) }) ?? true { lookAgain(at: row) }
        changes.note(row)
    }

    /// An instance's attributes changed: its place in all columns, and so the sums over them, do.
    private mutating func lookAgain(at row: Int) {
        for name in crews.keys { crews[name]?.forgetSums() }
        var columns = Columns()
        swap(&columns, &self.columns)
        columns.look(at: row, of: self)
        self.columns = columns
    }

    /// A worker's connection came or went.
    public mutating func reach(_ instance: InstanceID, _ isReached: Bool) {
        guard let row = rows[instance], let known = instances[row] else { return }
        self.isReached[row] = isReached
        rooms[row].isOpen = rooms[row].isActive && isReached && known.agentConnected
        changes.note(row)
    }

    /// An instance is forgotten; nothing is on it any more.
    public mutating func remove(_ instance: InstanceID) {
        guard let row = rows.removeValue(forKey: instance) else { return }
        instances[row] = nil
        rooms[row].isOpen = false
        rowsInOrder.remove(at: placeInOrder(of: instance))
        freeRows.append(row)
        changes.note(row)
    }

    /// Gives a search the rows to count in, or takes them back.
    mutating func swapRows(with sight: inout Sight) {
        swap(&rooms, &sight.rooms)
        swap(&ports, &sight.ports)
    }

    private mutating func newRow(for id: InstanceID) -> Int {
        let room = Room(cpu: 0, memory: 0, gpus: 0, id: id)
        let row = freeRows.popLast() ?? rooms.count
        if row == rooms.count {
            rooms.append(room)
            ports.append(Ports(tcp: [], udp: []))
            instances.append(nil)
            isReached.append(false)
            columns.grow(to: rooms.count)
        } else {
            rooms[row] = room
            ports[row] = Ports(tcp: [], udp: [])
        }
        rows[id] = row
        rowsInOrder.insert(row, at: placeInOrder(of: id))
        return row
    }

    /// How many ids come before one.
    private func placeInOrder(of id: InstanceID) -> Int {
        var (low, high) = (0, rowsInOrder.count)
        while low < high {
            let middle = (low + high) / 2
            if rooms[rowsInOrder[middle]].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A task is on an instance, from its placement until it has stopped.
    public mutating func add(_ holding: Holding, on instance: InstanceID) {
        count(holding, on: instance, times: 1)
    }

    /// A task is there no more, or no more in this way.
    public mutating func remove(_ holding: Holding, on instance: InstanceID) {
        count(holding, on: instance, times: -1)
    }

    private mutating func count(_ holding: Holding, on instance: InstanceID, times sign: Int) {
        guard let row = rows[instance] else { return }
        rooms[row].add(holding.resources, times: -sign)
        if sign > 0 {
            ports[row].take(holding.resources)
        } else {
            ports[row].give(holding.resources)
        }
        if holding.isWanted {
            rooms[row].tasks += sign
            count(.group(holding.group), at: row, sign)
            if let deployment = holding.deployment { count(.deployment(deployment), at: row, sign) }
        }
        changes.note(row)
    }

    private mutating func count(_ name: Crew.Name, at row: Int, _ sign: Int) {
        crews[name, default: Crew()].add(sign, at: row, of: columns)
        if crews[name]?.isEmpty == true { crews[name] = nil }
    }
}

extension ContainerInstance {
    /// Whether all that ``Columns`` are made from is the same.
    fileprivate func isSame(as other: ContainerInstance) -> Bool {
        attributes == other.attributes && agentVersion == other.agentVersion && name == other.name
            && registeredAt == other.registeredAt
    }
}

/// What a task has of its instance.
public struct Holding: Hashable, Sendable {
    public var resources: Resources
    /// It is wanted RUNNING: what is about to stop still holds its resources, but no longer counts.
    public var isWanted: Bool
    public var group: String
    public var deployment: DeploymentID?

    public init(
        resources: Resources, isWanted: Bool = true, group: String, deployment: DeploymentID? = nil
    ) {
        self.resources = resources
        self.isWanted = isWanted
        self.group = group
        self.deployment = deployment
    }
}

extension Board.Room {
    /// Whether it takes tasks and has what one needs, ports aside.
    func isOpen(to needed: Resources) -> Bool {
        isOpen && cpu >= needed.cpu && memory >= needed.memory && gpus >= needed.gpus
    }

    mutating func add(_ resources: Resources, times sign: Int) {
        cpu += sign * resources.cpu
        memory += sign * resources.memory
        gpus += sign * resources.gpus
    }
}

extension Board.Ports {
    mutating func take(_ resources: Resources) {
        if !resources.tcpPorts.isEmpty { tcp += resources.tcpPorts }
        if !resources.udpPorts.isEmpty { udp += resources.udpPorts }
    }

    fileprivate mutating func give(_ resources: Resources) {
        for port in resources.tcpPorts { tcp.removeFirst(equalTo: port) }
        for port in resources.udpPorts { udp.removeFirst(equalTo: port) }
    }
}

extension [Int] {
    fileprivate mutating func removeFirst(equalTo value: Int) {
        if let index = firstIndex(of: value) { remove(at: index) }
    }
}
