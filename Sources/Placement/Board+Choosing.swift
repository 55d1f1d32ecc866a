public import Model

extension Board {
    /// Chooses a place for one task; whoever takes it says so with ``add(_:on:)``.
    ///
    /// - Parameter expected: How many tasks of the same need are to be placed in a row: a hint that
    ///   makes a search find as many at once.
    public mutating func choose(
        _ need: Need, expecting expected: Int = 1, using random: inout SeededRandom
    ) -> Result<InstanceID, Refusal> {
        var list = shortlists.take(need.crew) ?? Shortlist(need)
        if list.need != need { list = Shortlist(need) }
        let sight = sight(of: need, list.columns)
        list.columns = sight.columns
        let row =
            need.order.isDrawn
            ? sight.draw(using: &random)
            : list.choose(sight, since: changes, expecting: expected)
        shortlists.keep(list, for: need.crew)
        if let row { return .success(rooms[row].id) }
        return .failure(refusal(of: sight))
    }

    /// What one instance lacks for a task that is told where to go, as StartTask tells it: no
    /// constraint binds. `nil` if it would do.
    public func misfitOfStart(of need: Need, on instance: InstanceID) -> Misfit? {
        guard let candidate = row(of: instance).flatMap({ candidate(at: $0, for: need) }) else {
            return .notActive
        }
        return candidate.misfitWithoutConstraints(for: need)
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

    /// What a search for a need looks at.
    ///
    /// - Parameter known: The need's columns, if they were looked up before.
    private mutating func sight(of need: Need, _ known: Columns.Numbers?) -> Sight {
        let numbers = self.numbers(for: need, known)
        var crew = crews.removeValue(forKey: need.crew)
        let sums = numbers.shared.map { column in
            column.flatMap { crew?.sums(over: $0, of: columns) } ?? []
        }
        crews[need.crew] = crew
        return Sight(
            need: need, rooms: rooms, ports: ports, meets: columns.meets[numbers.requirement],
            columns: numbers,
            values: numbers.shared.map { $0.map { columns.values[$0].numbers } ?? [] }, sums: sums,
            crew: crew ?? Crew(),
            group: need.constraints.contains(.distinctInstance)
                ? crews[.group(need.group)] ?? Crew() : nil,
            live: LiveConstraints(of: need, on: self))
    }

    private mutating func numbers(
        for need: Need, _ known: Columns.Numbers?
    ) -> Columns.Numbers {
        if let known, known.generation == columns.generation { return known }
        var columns = Columns()
        swap(&columns, &self.columns)
        let numbers = columns.numbers(for: need, on: self)
        self.columns = columns
        return numbers
    }

    private func refusal(of sight: Sight) -> Refusal {
        var refusal = Refusal()
        var nearest: (row: Int, miss: Sight.Miss)?
        for row in rooms.indices {
            guard let instance = instances[row], instance.status != .inactive else { continue }
            guard let miss = sight.miss(at: row) else { continue }
            refusal.count += 1
            let isNearest =
                nearest.map { miss.isNearer(than: $0.miss, instance.id, rooms[$0.row].id) } ?? true
            if isNearest { nearest = (row, miss) }
        }
        refusal.nearest = nearest.flatMap { nearest in
            let groups = LiveConstraints.Groups(of: sight.need, among: crews)
            return candidate(at: nearest.row, for: sight.need, groups).flatMap { candidate in
                candidate.misfit(for: sight.need).map {
                    Refusal.Entry(instance: candidate.instance.id, misfit: $0)
                }
            }
        }
        return refusal
    }
}
