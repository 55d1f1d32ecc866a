import Model

/// What a search for a place looks at: the board's rows, as they matter to one need. It is lent by
/// the board, so that what is placed can be counted where it stands.
struct Sight {
    let need: Need
    /// Whether each row has the attributes and meets the expressions.
    let meets: [Bool]
    let columns: Columns.Numbers
    /// For each lane of the order that is shared: the bucket of each row.
    let values: [[Int32]]
    /// How many buckets there are, at least.
    let bucketCount: Int
    /// The tasks that a spread counts.
    var crew: Crew
    /// Those of the need's group, where they are others.
    var group: Crew?
    /// Expressions that are judged as the row is now.
    let live: LiveConstraints?
    var rooms: [Board.Room] = []
    var ports: [Board.Ports] = []
    private let isDistinct: Bool
    /// Whether a row that is open, has enough and meets the requirement fits.
    let isPlain: Bool

    init(
        need: Need, meets: [Bool], columns: Columns.Numbers, values: [[Int32]],
        bucketCount: Int, crew: Crew, live: LiveConstraints?
    ) {
        self.need = need
        self.meets = meets
        self.columns = columns
        self.values = values
        self.bucketCount = bucketCount
        self.crew = crew
        self.live = live
        isDistinct = need.constraints.contains(.distinctInstance)
        isPlain =
            !isDistinct && live == nil && need.resources.tcpPorts.isEmpty
            && need.resources.udpPorts.isEmpty
    }

    /// Counts a task that takes its place in a row.
    mutating func take(_ row: Int, _ columns: Columns) {
        rooms[row].add(need.resources, times: -1)
        rooms[row].tasks += 1
        ports[row].take(need.resources)
        crew.add(1, at: row, of: columns)
        group?.add(1, at: row, of: columns)
    }

    func fits(_ row: Int) -> Bool {
        guard rooms[row].isOpen(to: need.resources), meets[row] else { return false }
        if isPlain { return true }
        if isDistinct, tasksOfGroup(row) > 0 { return false }
        return takenPorts(row) == 0 && isLiveMet(row)
    }

    /// The rows and whether they meet the requirement, for who looks at all of them.
    func withRows(
        _ body: (UnsafeBufferPointer<Board.Room>, UnsafeBufferPointer<Bool>) -> Void
    ) {
        rooms.withUnsafeBufferPointer { rooms in
            meets.withUnsafeBufferPointer { body(rooms, $0) }
        }
    }

    private func tasksOfGroup(_ row: Int) -> Int { group?[row] ?? crew[row] }

    private func isLiveMet(_ row: Int) -> Bool {
        live?.areMet(at: row, isOpen: rooms[row].isOpen, tasks: rooms[row].tasks) ?? true
    }

    private func takenPorts(_ row: Int) -> Int {
        let needed = need.resources
        if needed.tcpPorts.isEmpty && needed.udpPorts.isEmpty { return 0 }
        return needed.tcpPorts.count { ports[row].tcp.contains($0) }
            + needed.udpPorts.count { ports[row].udp.contains($0) }
    }

    /// The row's own part of what it is compared by.
    func key(_ row: Int) -> Key { key(of: rooms[row], at: row, need.order.own) }

    func key(of room: Board.Room, at row: Int, _ lanes: Order.Own) -> Key {
        var key = Key()
        var lanes = lanes
        while !lanes.isEmpty {
            switch lanes.number {
            case .tasksOfCrew: key.set(lanes.place, crew[row])
            case .freeCPU: key.set(lanes.place, room.cpu)
            case .freeMemory: key.set(lanes.place, room.memory)
            }
            lanes.removeFirst()
        }
        if !need.order.isDrawn { key.set(Key.lanes - 1, room.tasks) }
        return key
    }

    /// Puts the counts of a row's buckets into its key. A row without the attribute belongs to no
    /// bucket, and comes after all that do.
    func addShared(to key: inout Key, _ buckets: [Int?]) {
        for place in need.order.shared {
            guard let bucket = buckets[place] else {
                key.set(place, .max)
                continue
            }
            key.set(place, columns.shared[place].map { crew.sum(over: $0, at: bucket) } ?? 0)
        }
    }

    /// A row's bucket for each lane; `nil` too where the lane is the row's own.
    func buckets(_ row: Int) -> [Int?] {
        values.map { $0.isEmpty || $0[row] == Columns.Values.none ? nil : Int($0[row]) }
    }

    /// Chooses by the strategies before the random one, and at random among those they leave.
    ///
    /// - Parameters:
    ///   - lot: What was left at the draw before, of tasks that are placed together.
    ///   - rows: All, by the ids of their instances.
    func draw(from lot: inout Lot, of rows: [Int], using random: inout SeededRandom) -> Int? {
        if let last = lot.last {
            // Only the row that was drawn is another than before.
            if !fits(lot.rows[last]) { lot.rows.remove(at: last) }
        } else {
            lot.rows = best(of: rows)
        }
        guard !lot.rows.isEmpty else { return nil }
        let place = lot.rows.count > 1 ? .random(in: lot.rows.indices, using: &random) : 0
        lot.last = need.order.lanes.isEmpty ? place : nil
        return lot.rows[place]
    }

    /// Those that fit and that the strategies put before all others.
    private func best(of rows: [Int]) -> [Int] {
        if need.order.lanes.isEmpty { return rows.filter(fits) }
        var best: Key?
        var left: [Int] = []
        for row in rows where fits(row) {
            var key = key(row)
            if !need.order.shared.isEmpty { addShared(to: &key, buckets(row)) }
            if let least = best, key > least { continue }
            if key != best { left.removeAll(keepingCapacity: true) }
            best = key
            left.append(row)
        }
        return left
    }

    /// How far a row is from taking the task.
    struct Miss {
        /// Of the checks, in their order, the first that failed.
        var depth: Int
        /// By how much, in the check's own unit.
        var shortfall: Int

        func isNearer(than other: Miss, _ id: InstanceID, _ otherID: InstanceID) -> Bool {
            if depth != other.depth { return depth > other.depth }
            return (shortfall, id) < (other.shortfall, otherID)
        }
    }

    /// `nil` for a row that would do.
    func miss(at row: Int) -> Miss? {
        let room = rooms[row]
        let needed = need.resources
        if !room.isOpen { return Miss(depth: room.isActive ? 1 : 0, shortfall: 0) }
        if !meets[row] { return Miss(depth: 2, shortfall: 0) }
        if isDistinct, tasksOfGroup(row) > 0 {
            return Miss(depth: 3, shortfall: tasksOfGroup(row))
        }
        if !isLiveMet(row) { return Miss(depth: 3, shortfall: 1) }
        for (depth, lack) in [
            (4, needed.cpu - room.cpu), (5, needed.memory - room.memory),
            (6, needed.gpus - room.gpus), (7, takenPorts(row)),
        ] where lack > 0 { return Miss(depth: depth, shortfall: lack) }
        return nil
    }

    /// What stands in the way of all.
    struct Misses {
        /// How many rows it is.
        var count = 0
        /// The row that came nearest.
        var nearest: Int?
    }

    func misses(among instances: [ContainerInstance?]) -> Misses {
        var misses = Misses()
        var nearest: (row: Int, miss: Miss)?
        for row in rooms.indices {
            guard let instance = instances[row], instance.status != .inactive else { continue }
            guard let miss = miss(at: row) else { continue }
            misses.count += 1
            let isNearest =
                nearest.map { miss.isNearer(than: $0.miss, instance.id, rooms[$0.row].id) } ?? true
            if isNearest { nearest = (row, miss) }
        }
        misses.nearest = nearest?.row
        return misses
    }
}

/// What chance chooses from.
struct Lot {
    var rows: [Int] = []
    /// Where in them the row is that was drawn last; `nil` where they must be found again.
    var last: Int?
}
