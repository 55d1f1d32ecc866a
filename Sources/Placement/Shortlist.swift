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
    private var groups: [Group] = []
    private var groupNumbers: [[Int?]: Int] = [:]
    /// The same where one attribute is spread over, by bucket; the first is that of no bucket.
    private var groupOfBucket: [Int?] = []
    /// Entries that a group may have.
    private var limit = 0

    init(_ need: Need) {
        self.need = need
    }

    /// Candidates with the same values of all attributes that are spread over.
    fileprivate struct Group: Sendable {
        var buckets: [Int?]
        /// What a search found so far, while it fits.
        var found: [Entry] = []
        var entries: Heap<Entry> = []
        /// The first of them, once it was seen to hold, until its row changes.
        var head: Entry?
        /// The last of them, while a search goes on that must leave rows out.
        var worst: Entry?
        /// They are not before this one.
        var bound: Entry?
    }

    fileprivate struct Entry: Comparable, Sendable {
        var key: Key
        var id: InstanceID
        var row: Int

        static func < (left: Self, right: Self) -> Bool {
            left.key == right.key ? left.id < right.id : left.key < right.key
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
        for row in sight.rooms.indices where sight.fits(row) {
            groups[group(of: row, sight)].keep(entry(row, sight), atMost: limit)
        }
        for group in groups.indices {
            groups[group].pile()
            groups[group].bound = groups[group].worst
        }
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
            if groups.isEmpty { groups.append(Group(buckets: [])) }
            return 0
        case 1:
            let place = need.order.shared[0]
            let bucket = (sight.values[place][row] ?? -1) + 1
            if bucket < groupOfBucket.count, let known = groupOfBucket[bucket] { return known }
            while groupOfBucket.count <= bucket { groupOfBucket.append(nil) }
            groupOfBucket[bucket] = groups.count
        default:
            let buckets = sight.buckets(row)
            if let known = groupNumbers[buckets] { return known }
            groupNumbers[buckets] = groups.count
        }
        groups.append(Group(buckets: sight.buckets(row)))
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

extension Shortlist.Group {
    /// A search found it.
    fileprivate mutating func keep(_ entry: Shortlist.Entry, atMost limit: Int) {
        if let worst {
            guard entry < worst else { return }
            entries.replaceMax(with: entry)
            self.worst = entries.max
        } else if found.count < limit {
            found.append(entry)
        } else {
            pile()
            worst = entries.max
            keep(entry, atMost: limit)
        }
    }

    /// Puts what was found in its order: all at once is much faster than one by one.
    fileprivate mutating func pile() {
        guard !found.isEmpty else { return }
        entries = Heap(found)
        found = []
    }

    /// The first entry that still holds; those before it are dropped.
    fileprivate mutating func first(_ sight: Sight) -> Shortlist.Entry? {
        // What a live expression says of a row can change without it.
        if let head, sight.live == nil { return head }
        while let first = entries.min {
            if sight.fits(first.row), sight.key(first.row) == first.key,
                sight.rooms[first.row].id == first.id
            {
                head = first
                return first
            }
            entries.removeMin()
        }
        head = nil
        return nil
    }

    /// Drops what does not hold any more, and what is there twice.
    fileprivate mutating func tidy(_ sight: Sight) {
        var seen: Set<Int> = []
        let holding = entries.unordered.filter {
            sight.fits($0.row) && sight.key($0.row) == $0.key && seen.insert($0.row).inserted
        }
        entries = Heap(holding)
        head = nil
    }
}

/// The shortlists that are kept.
struct Shortlists: Sendable {
    /// Entries of all together beyond which they are forgotten: they are made anew when needed.
    static let entriesMaximum = 1 << 20
    /// What a list without entries counts for: callers choose the names of groups, and a strategy
    /// that draws at random keeps none.
    static let overhead = 64

    /// Needs of one crew that alternate have lists of their own.
    struct Name: Hashable, Sendable {
        var crew: Crew.Name
        var provider: String?
    }

    private var lists: [Name: Shortlist] = [:]
    private var entries = 0

    /// How many lists are kept.
    var count: Int { lists.count }

    /// Takes a list out, so that it can be changed in its place.
    mutating func take(_ name: Name) -> Shortlist? {
        guard let list = lists.removeValue(forKey: name) else { return nil }
        entries -= list.size + Self.overhead
        return list
    }

    mutating func keep(_ list: Shortlist, for name: Name) {
        let size = list.size + Self.overhead
        if entries + size > Self.entriesMaximum {
            lists = [:]
            entries = 0
        }
        entries += size
        lists[name] = list
    }
}
