import HeapModule
import Model

/// The best places for one need, found by one look at all rows and used for many tasks.
///
/// An entry holds for as long as its row has the key that it had; who changed since is entered
/// again, so that an entry whose key is not the row's is an old one and is dropped when it comes
/// up. Of a large cluster the best alone are kept: those left out are no better than the group's
/// bound, and when the list runs out all rows are looked at again.
///
/// Only the counts of a spread over an attribute change for many rows at once: rows with the same
/// values of such attributes make a group, which has an order of its own.
struct Shortlist: Sendable {
    /// Entries of a group that a search keeps, beyond those for its share of the tasks to come.
    static let usual = 256

    let need: Need
    /// The columns that the need is about, as long as their generation lasts.
    var columns: Columns.Numbers?
    /// Up to where changes are in here; `nil` before the first look.
    private var position: Int?
    private var generation = 0
    private var groups: [ShortlistGroup] = []
    private var groupNumbers: [[Int?]: Int] = [:]
    /// The same where one attribute is spread over, by bucket; the first is that of no bucket. -1
    /// where there is none.
    private var groupOfBucket: [Int] = []
    /// Entries that a group may have.
    private var limit = 0

    init(_ need: Need) {
        self.need = need
    }

    struct Entry: Comparable, Sendable {
        var key: Key
        var id: InstanceID
        var row: Int

        static func < (left: Self, right: Self) -> Bool {
            if left.key < right.key { return true }
            return left.key == right.key && left.id < right.id
        }
    }

    /// How many entries there are.
    var size: Int { groups.reduce(0) { $0 + $1.entries.count } }

    /// The row that the next task should take; `nil` when none will do.
    mutating func choose(
        _ sight: Sight, since changes: ChangeLog, expecting expected: Int
    ) -> Int? {
        catchUp(sight, since: changes, expecting: expected)
        while true {
            let best = best(sight)
            if best.row != nil || !best.ranOut { return best.row }
            search(sight, expected)
        }
    }

    /// The row that the next task should take of each group, the best first.
    mutating func firsts(_ sight: Sight, since changes: ChangeLog) -> [Int] {
        catchUp(sight, since: changes, expecting: 1)
        for _ in 0...1 {
            var firsts: [Entry] = []
            var ranOut = false
            for index in groups.indices {
                if var first = groups[index].first(sight) {
                    sight.addShared(to: &first.key, groups[index].buckets)
                    firsts.append(first)
                } else if groups[index].bound != nil {
                    ranOut = true
                }
            }
            // After a search of all rows, who has none left has none.
            guard ranOut else { return firsts.sorted().map(\.row) }
            search(sight, 1)
        }
        return []
    }

    /// Takes over what changed since the last time.
    private mutating func catchUp(
        _ sight: Sight, since changes: ChangeLog, expecting expected: Int
    ) {
        if let position, generation == sight.columns.generation,
            let changed = changes.since(position), changed.count <= sight.rooms.count
        {
            for row in changed {
                for group in groups.indices where groups[group].head?.row == row {
                    groups[group].head = nil
                }
                if sight.fits(row) { enter(row, sight) }
            }
        } else {
            search(sight, expected)
        }
        position = changes.end
    }

    /// Looks at all rows.
    private mutating func search(_ sight: Sight, _ expected: Int) {
        generation = sight.columns.generation
        groups = []
        groupNumbers = [:]
        groupOfBucket = []
        // Groups take turns, unless one is behind the others.
        limit = Self.usual + expected / max(sight.bucketCount, 1)
        var found = Selection(limit: limit)
        // What a crew without tasks has to say is 0 for all rows.
        let lanes = sight.crew.isEmpty ? need.order.own.withoutCrew : need.order.own
        let bucket = need.order.shared.count == 1 ? sight.values[need.order.shared[0]] : []
        let (needed, isPlain) = (need.resources, sight.isPlain)
        sight.withRows { rooms, meets in
            for row in rooms.indices {
                guard rooms[row].isOpen(to: needed), meets[row], isPlain || sight.fits(row) else {
                    continue
                }
                let group =
                    bucket.isEmpty ? group(of: row, sight) : group(of: row, inBucket: bucket[row])
                let key = sight.key(of: rooms[row], at: row, lanes)
                found.offer(Entry(key: key, id: rooms[row].id, row: row), of: group)
            }
        }
        for group in groups.indices { groups[group].fill(from: &found, group) }
    }

    /// A row changed and would do: it has its place anew.
    private mutating func enter(_ row: Int, _ sight: Sight) {
        let entry = entry(row, sight)
        let group = group(of: row, sight)
        if let bound = groups[group].bound, bound < entry { return }
        groups[group].entries.insert(entry)
        if let head = groups[group].head, entry < head { groups[group].head = entry }
        // Old entries that never come up would pile up else.
        if groups[group].entries.count > 4 * limit { groups[group].tidy(sight) }
    }

    private func entry(_ row: Int, _ sight: Sight) -> Entry {
        Entry(key: sight.key(row), id: sight.rooms[row].id, row: row)
    }

    private mutating func group(of row: Int, _ sight: Sight) -> Int {
        switch need.order.shared.count {
        case 0:
            if groups.isEmpty { groups.append(ShortlistGroup(buckets: [])) }
            return 0
        case 1:
            return group(of: row, inBucket: sight.values[need.order.shared[0]][row])
        default:
            let buckets = sight.buckets(row)
            if let known = groupNumbers[buckets] { return known }
            groupNumbers[buckets] = groups.count
            groups.append(ShortlistGroup(buckets: buckets))
            return groups.count - 1
        }
    }

    /// The same where one attribute is spread over.
    private mutating func group(of row: Int, inBucket number: Int32) -> Int {
        let place = Int(number - Columns.Values.none)
        if place < groupOfBucket.count, groupOfBucket[place] >= 0 { return groupOfBucket[place] }
        while groupOfBucket.count <= place { groupOfBucket.append(-1) }
        groupOfBucket[place] = groups.count
        let bucket = number == Columns.Values.none ? nil : Int(number)
        groups.append(
            ShortlistGroup(buckets: need.order.lanes.map { $0.attribute == nil ? nil : bucket }))
        return groups.count - 1
    }

    /// The best of the first of each group; whether a group ran out that had left rows out.
    private mutating func best(_ sight: Sight) -> (row: Int?, ranOut: Bool) {
        var best: Entry?
        for index in groups.indices {
            guard var first = groups[index].first(sight) else {
                if groups[index].bound != nil { return (nil, true) }
                continue
            }
            if groups.count > 1 { sight.addShared(to: &first.key, groups[index].buckets) }
            if best.map({ first < $0 }) ?? true { best = first }
        }
        return (best?.row, false)
    }
}
