public import Model

/// What tasks are to be even over: the values of an attribute, or the instances themselves.
public enum SpreadLevel: Hashable, Sendable {
    case attribute(String)
    case instance

    /// Those over which strategies spread, in their order; `nil` where one of them does otherwise.
    public static func levels(of strategies: [PlacementStrategy]) -> [SpreadLevel]? {
        let prefix = "attribute:"
        var levels: [SpreadLevel] = []
        for strategy in strategies {
            guard case .spread(let field) = strategy else { return nil }
            levels.append(
                field.hasPrefix(prefix)
                    ? .attribute(String(field.dropFirst(prefix.count))) : .instance)
        }
        return levels
    }
}

/// An instance by the values that it has at each level.
public struct SpreadSeat: Hashable, Sendable {
    public var instance: InstanceID
    /// Numbers that stand for values: the same number, the same value. `nil` without the attribute.
    public var path: [Int?]
    /// Tasks of the crew.
    public var tasks: Int
}

extension Board {
    /// Where one more task of a need could go: of the instances that have the same values of all
    /// attributes over which its strategies spread, the one that they prefer. The best first.
    ///
    /// The list that ``place(_:count:using:)`` uses is used here too, so that this costs no
    /// look at all instances either.
    public mutating func openings(for need: Need, over levels: [SpreadLevel]) -> [SpreadSeat] {
        var list = shortlists.take(need.listName) ?? Shortlist(need)
        if list.need != need { list = Shortlist(need) }
        var sight = lend(to: need, list.columns)
        list.columns = sight.columns
        let rows = list.firsts(sight, since: changes)
        takeBack(&sight)
        shortlists.keep(list, for: need.listName)
        return seats(rows, of: crews[need.crew] ?? Crew(), levels)
    }

    /// The instances that have tasks of the need's crew, by id; none if the numbers alone say that
    /// no move to one of the openings could make them more even.
    public mutating func seats(
        of need: Need, over levels: [SpreadLevel], unlessEvenWith openings: [SpreadSeat]
    ) -> [SpreadSeat] {
        let crew = crews[need.crew] ?? Crew()
        guard !openings.isEmpty, !isEven(crew, openings, levels) else { return [] }
        return seats(crew.rows, of: crew, levels).sorted { $0.instance < $1.instance }
    }

    private mutating func seats(
        _ rows: [Int], of crew: Crew, _ levels: [SpreadLevel]
    ) -> [SpreadSeat] {
        let numbers = columnNumbers(of: levels)
        return rows.map { row in
            let path = zip(levels, numbers).map { level, column in
                column.map { columns.values[$0][row] } ?? row
            }
            return SpreadSeat(instance: rooms[row].id, path: path, tasks: crew[row])
        }
    }

    /// For each level that is an attribute's, the number of its column.
    private mutating func columnNumbers(of levels: [SpreadLevel]) -> [Int?] {
        let strategies = levels.compactMap { level -> PlacementStrategy? in
            if case .attribute(let name) = level { .spread("attribute:\(name)") } else { nil }
        }
        let need = Need(resources: Resources(), strategies: strategies)
        var shared = numbers(for: need, nil).shared.makeIterator()
        return levels.map { level in
            if case .attribute = level { shared.next() ?? nil } else { nil }
        }
    }

    /// Whether at no level some value has two tasks more than that of an opening.
    private mutating func isEven(
        _ crew: Crew, _ openings: [SpreadSeat], _ levels: [SpreadLevel]
    ) -> Bool {
        let numbers = columnNumbers(of: levels)
        var crew = crew
        for (level, column) in numbers.enumerated() {
            let most: Int
            let least: Int?
            if let column {
                crew.sumUp(over: column, of: columns)
                let sums = crew.sums(over: column)
                most = max(sums.max() ?? 0, crew.total - sums.reduce(0, +))
                least = openings.compactMap { $0.path[level] }
                    .map { $0 < sums.count ? sums[$0] : 0 }.min()
            } else {
                most = crew.most
                least = openings.map(\.tasks).min()
            }
            if let least, most - least >= 2 { return false }
        }
        return true
    }
}
