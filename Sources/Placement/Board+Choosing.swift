public import Model

extension Board {
    /// Places tasks of one need, each on the best instance with those before it in place.
    ///
    /// - Parameter count: How many; fewer are placed when no instance will do any more.
    public mutating func place(
        _ need: Need, count: Int = 1, using random: inout SeededRandom
    ) -> Placements {
        var placements = Placements()
        // What an expression says about groups and counts may change with each task.
        let step = need.isLive ? 1 : count
        while placements.instances.count < count, placements.refusal == nil {
            let left = count - placements.instances.count
            place(need, upTo: min(step, left), using: &random, into: &placements)
        }
        return placements
    }

    private mutating func place(
        _ need: Need, upTo count: Int, using random: inout SeededRandom,
        into placements: inout Placements
    ) {
        var list = shortlists.take(need.listName) ?? Shortlist(need)
        if list.need != need { list = Shortlist(need) }
        var sight = lend(to: need, list.columns)
        list.columns = sight.columns
        var isFull = false
        var lot = Lot()
        for left in (1...count).reversed() {
            let row =
                need.order.isDrawn
                ? sight.draw(from: &lot, of: rowsInOrder, using: &random)
                : list.choose(sight, since: changes, expecting: left)
            guard let row else {
                isFull = true
                break
            }
            sight.take(row, columns)
            changes.note(row)
            placements.instances.append(sight.rooms[row].id)
        }
        let misses = isFull ? sight.misses(among: instances) : nil
        takeBack(&sight)
        shortlists.keep(list, for: need.listName)
        placements.refusal = misses.map { refusal(of: need, $0) }
    }

    /// Places a task that is told where to go, as StartTask tells it: no constraint binds.
    ///
    /// - Returns: What the instance lacks; `nil` if the task is placed.
    public mutating func place(_ need: Need, on instance: InstanceID) -> Misfit? {
        if let misfit = misfitOfStart(of: need, on: instance) { return misfit }
        add(need.holding, on: instance)
        return nil
    }

    /// What each instance lacks, in the order of their ids; nothing for those that would do.
    public func misfits(of need: Need) -> [Refusal.Entry] {
        candidates(for: need).compactMap { candidate in
            candidate.misfit(for: need).map {
                Refusal.Entry(instance: candidate.instance.id, misfit: $0)
            }
        }
    }

    /// All instances as they look to tasks of one need, in the order of their ids.
    public func candidates(for need: Need) -> [Candidate] {
        let groups = LiveConstraints.Groups(of: need, among: crews)
        return rooms.indices.compactMap { candidate(at: $0, for: need, groups) }
            .sorted { $0.instance.id < $1.instance.id }
    }

    /// - Parameter groups: Those that the need's expressions are about, if it has any.
    func candidate(
        at row: Int, for need: Need? = nil, _ groups: LiveConstraints.Groups? = nil
    ) -> Candidate? {
        guard let instance = instances[row], instance.status != .inactive else { return nil }
        let room = rooms[row]
        return Candidate(
            instance: instance, connected: instance.agentConnected && isReached[row],
            freeCPU: room.cpu, freeMemory: room.memory, freeGPUs: room.gpus,
            tcpPorts: Set(ports[row].tcp), udpPorts: Set(ports[row].udp), tasks: room.tasks,
            tasksOfGroup: need.map { crews[.group($0.group)]?[row] ?? 0 } ?? 0,
            tasksOfCrew: need.map { crews[$0.crew]?[row] ?? 0 } ?? 0,
            groups: groups?.names(at: row) ?? [])
    }

    /// What a search for a need looks at, until it is taken back: the board is without it
    /// meanwhile.
    ///
    /// - Parameter known: The need's columns, if they were looked up before.
    mutating func lend(to need: Need, _ known: Columns.Numbers? = nil) -> Sight {
        let numbers = self.numbers(for: need, known)
        let live = LiveConstraints(of: need, on: self)
        var crew = crews.removeValue(forKey: need.crew) ?? Crew()
        for column in numbers.shared { if let column { crew.sumUp(over: column, of: columns) } }
        var sight = Sight(
            need: need, meets: columns.meets[numbers.requirement], columns: numbers,
            values: numbers.shared.map { $0.map { columns.values[$0].numbers } ?? [] },
            bucketCount: numbers.shared.compactMap { $0.map { columns.values[$0].count } }.max()
                ?? 0,
            crew: crew, live: live)
        if need.crew != .group(need.group) {
            sight.group = crews.removeValue(forKey: .group(need.group)) ?? Crew()
        }
        swapRows(with: &sight)
        return sight
    }

    mutating func takeBack(_ sight: inout Sight) {
        swapRows(with: &sight)
        crews[sight.need.crew] = sight.crew.isEmpty ? nil : sight.crew
        guard let group = sight.group else { return }
        crews[.group(sight.need.group)] = group.isEmpty ? nil : group
    }

    mutating func numbers(
        for need: Need, _ known: Columns.Numbers?
    ) -> Columns.Numbers {
        if let known, known.generation == columns.generation { return known }
        var columns = Columns()
        swap(&columns, &self.columns)
        let numbers = columns.numbers(for: need, on: self)
        self.columns = columns
        return numbers
    }

    func refusal(of need: Need, _ misses: Sight.Misses) -> Refusal {
        var refusal = Refusal()
        refusal.count = misses.count
        refusal.nearest = misses.nearest.flatMap { row in
            let groups = LiveConstraints.Groups(of: need, among: crews)
            return candidate(at: row, for: need, groups).flatMap { candidate in
                candidate.misfit(for: need).map {
                    Refusal.Entry(instance: candidate.instance.id, misfit: $0)
                }
            }
        }
        return refusal
    }
}

/// Where tasks of one need were placed.
public struct Placements: Sendable {
    /// One for each task, in the order in which they were placed.
    public internal(set) var instances: [InstanceID] = []
    /// Why there are no more of them; `nil` if there are as many as were asked for.
    public internal(set) var refusal: Refusal?
}
