import HeapModule
import Model

/// The candidates that can take tasks of one need, in the order in which they would be chosen.
///
/// Each strategy keeps the best of what the one before it left, and of what is left in the end the
/// instance with the fewest tasks is chosen, then the first. So an instance has a key for each
/// strategy, and the least list of keys wins. Of these only the counts of a spread over an
/// attribute change for many instances at once: instances with the same values of such attributes
/// make a group, which has an order of its own, in which a placement moves one instance. So no
/// placement looks at all instances, unless a strategy draws at random after another.
///
/// Room only shrinks while tasks are placed: who does not fit is out for good.
struct Ranking: Sendable {
    let need: Need
    private let keys: [Key]
    /// The place of a strategy that draws at random; what comes after it has no say.
    private let drawsAt: Int?
    /// The fitting candidates by place, kept only for drawing.
    private var fitting: [Int] = []
    private var groups: [Group] = []
    /// The group of each candidate.
    private var groupOf: [Int] = []
    /// For each strategy, how many tasks each value of its attribute has, on fitting instances or
    /// not; empty for one without an attribute.
    private var counts: [[Int]] = []

    init(of candidates: [Candidate], for need: Need) {
        self.need = need
        drawsAt = need.strategies.firstIndex(of: .random)
        keys = need.strategies[..<(drawsAt ?? need.strategies.endIndex)].map { Key($0) }
        group(candidates)
        var standings = groups.map { _ in [Standing]() }
        for index in candidates.indices where candidates[index].misfit(for: need) == nil {
            if drawsAt == nil {
                standings[groupOf[index]].append(standing(index, among: candidates))
            } else {
                fitting.append(index)
            }
        }
        for index in groups.indices { groups[index].standings = Heap(standings[index]) }
    }

    /// The place of the candidate that takes the next task; `nil` when none fits.
    func choose(among candidates: [Candidate], using random: inout SeededRandom) -> Int? {
        if drawsAt != nil { return draw(among: candidates, using: &random) }
        // Most clusters have one group.
        if groups.count == 1 { return groups[0].standings.min?.index }
        var best: (keys: [Int], index: Int)?
        for group in groups {
            guard let first = group.standings.min else { continue }
            var keys = first.keys
            for place in group.values.indices where self.keys[place].isShared {
                keys[place] = count(of: place, in: group)
            }
            guard let (others, other) = best else {
                best = (keys, first.index)
                continue
            }
            let isBetter = keys == others ? first.index < other : keys.precedes(others)
            if isBetter { best = (keys, first.index) }
        }
        return best?.index
    }

    private func draw(among candidates: [Candidate], using random: inout SeededRandom) -> Int? {
        var left = fitting
        for place in keys.indices where left.count > 1 {
            let standing = left.map { index in
                keys[place].isShared
                    ? count(of: place, in: groups[groupOf[index]])
                    : keys[place].own(of: candidates[index])
            }
            guard let least = standing.min() else { break }
            left = zip(left, standing).filter { $0.1 == least }.map(\.0)
        }
        return left.count > 1 ? left.randomElement(using: &random) : left.first
    }

    /// The chosen candidate has taken the task.
    mutating func took(_ index: Int, among candidates: [Candidate]) {
        let group = groupOf[index]
        for (place, value) in groups[group].values.enumerated() {
            if let value { counts[place][value] += 1 }
        }
        let fits = candidates[index].misfit(for: need) == nil
        if drawsAt != nil {
            if !fits { fitting.remove(sorted: index) }
        } else if fits {
            groups[group].standings.replaceMin(with: standing(index, among: candidates))
        } else {
            groups[group].standings.removeMin()
        }
    }

    private func standing(_ index: Int, among candidates: [Candidate]) -> Standing {
        let candidate = candidates[index]
        return Standing(
            keys: keys.map { $0.isShared ? 0 : $0.own(of: candidate) } + [candidate.tasks],
            index: index)
    }

    /// An instance without the attribute belongs to no bucket and is taken only when no fitting one
    /// has it.
    private func count(of place: Int, in group: Group) -> Int {
        group.values[place].map { counts[place][$0] } ?? .max
    }

    private mutating func group(_ candidates: [Candidate]) {
        var numbers: [[String: Int]] = keys.map { _ in [:] }
        var known: [[Int?]: Int] = [:]
        counts = keys.map { _ in [] }
        groupOf.reserveCapacity(candidates.count)
        for candidate in candidates {
            var values: [Int?] = []
            for (place, key) in keys.enumerated() {
                guard case .attribute(let name) = key, let value = candidate.value(of: name) else {
                    values.append(nil)
                    continue
                }
                let number = numbers[place][value] ?? counts[place].count
                if number == counts[place].count {
                    numbers[place][value] = number
                    counts[place].append(0)
                }
                counts[place][number] += candidate.tasksStaying
                values.append(number)
            }
            let group = known[values] ?? groups.count
            if group == groups.count {
                known[values] = group
                groups.append(Group(values: values))
            }
            groupOf.append(group)
        }
    }
}

/// What a strategy compares; less is better.
private enum Key: Sendable {
    case attribute(String)
    case tasks
    case free(PlacementStrategy.BinpackField)

    init(_ strategy: PlacementStrategy) {
        switch strategy {
        // A draw has no key: see `drawsAt`.
        case .random: self = .tasks
        case .binpack(let field): self = .free(field)
        case .spread(let field):
            let prefix = "attribute:"
            let isAttribute = field.hasPrefix(prefix)
            self = isAttribute ? .attribute(String(field.dropFirst(prefix.count))) : .tasks
        }
    }

    /// Whether the key is that of a bucket rather than of the instance.
    var isShared: Bool {
        if case .attribute = self { true } else { false }
    }

    func own(of candidate: Candidate) -> Int {
        switch self {
        case .attribute: 0
        case .tasks: candidate.tasksStaying
        case .free(.cpu): candidate.freeCPU
        case .free(.memory): candidate.freeMemory
        }
    }
}

/// Candidates with the same values of all attributes that a strategy spreads over.
private struct Group: Sendable {
    /// The number of the value for each strategy; `nil` without the attribute.
    var values: [Int?]
    var standings: Heap<Standing> = []
}

/// A candidate within its group.
private struct Standing: Comparable, Sendable {
    /// One for each strategy, 0 where it is the group's, and how many tasks the instance has.
    var keys: [Int]
    var index: Int

    static func < (left: Self, right: Self) -> Bool {
        left.keys == right.keys ? left.index < right.index : left.keys.precedes(right.keys)
    }
}

extension [Int] {
    fileprivate func precedes(_ other: [Int]) -> Bool {
        lexicographicallyPrecedes(other)
    }

    /// Removes a number from numbers in ascending order.
    fileprivate mutating func remove(sorted number: Int) {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        if low < endIndex, self[low] == number { remove(at: low) }
    }
}
