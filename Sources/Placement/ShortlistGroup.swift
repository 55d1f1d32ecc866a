import HeapModule
import Model

/// The candidates of a ``Shortlist`` with the same values of all attributes that are spread over.
struct ShortlistGroup: Sendable {
    typealias Entry = Shortlist.Entry

    var buckets: [Int?]
    var entries: Heap<Entry> = []
    /// The first of them, once it was seen to hold, until its row changes.
    var head: Entry?
    /// Those that a search left out are not before this one.
    var bound: Entry?

    /// Takes what a search found: all at once is much faster than one by one.
    mutating func fill(from found: inout Selection, _ group: Int) {
        let (entries, last) = found.take(group)
        self.entries = Heap(entries)
        bound = last
    }

    /// The first entry that still holds; those before it are dropped.
    mutating func first(_ sight: Sight) -> Entry? {
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
    mutating func tidy(_ sight: Sight) {
        var seen: Set<Int> = []
        let holding = entries.unordered.filter {
            sight.fits($0.row) && sight.key($0.row) == $0.key && seen.insert($0.row).inserted
        }
        entries = Heap(holding)
        head = nil
    }
}

/// The best of a large number of entries, for each group: they are gathered, and the worse part is
/// dropped whenever there are several times as many as are wanted.
struct Selection {
    typealias Entry = Shortlist.Entry

    /// How many a group keeps.
    let limit: Int
    private var found: [[Entry]] = []
    /// For each group, that which entries must be before.
    private var ends: [Entry] = []
    private static let endless = Entry(
        key: .last, id: InstanceID(high: .max, low: .max), row: .max)

    init(limit: Int) {
        self.limit = limit
    }

    @inline(__always)
    mutating func offer(_ entry: Entry, of group: Int) {
        if group >= ends.count { reach(group) }
        if entry < ends[group] { keep(entry, of: group) }
    }

    private mutating func reach(_ group: Int) {
        while ends.count <= group {
            ends.append(Self.endless)
            found.append([])
        }
    }

    private mutating func keep(_ entry: Entry, of group: Int) {
        found[group].append(entry)
        if found[group].count == 4 * limit { drop(group) }
    }

    /// The best of a group, in no order; the last of them, if any were left out.
    mutating func take(_ group: Int) -> (entries: [Entry], last: Entry?) {
        guard group < found.count else { return ([], nil) }
        if found[group].count > limit { drop(group) }
        let last = ends[group].row == Self.endless.row ? nil : ends[group]
        defer { found[group] = [] }
        return (found[group], last)
    }

    /// Keeps the best, as many as the limit.
    private mutating func drop(_ group: Int) {
        found[group].withUnsafeMutableBufferPointer { $0.putInPlace(limit - 1) }
        ends[group] = found[group][limit - 1]
        found[group].removeLast(found[group].count - limit)
    }
}

extension UnsafeMutableBufferPointer where Element: Comparable {
    /// Moves elements about until the one at a place is the one that would be there if they were in
    /// order, with none after it that comes before it (Hoare's selection).
    fileprivate func putInPlace(_ place: Int) {
        var (low, high) = (startIndex, endIndex - 1)
        while low < high {
            let pivot = self[low + (high - low) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while self[left] < pivot { left += 1 }
                while pivot < self[right] { right -= 1 }
                if left <= right {
                    swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if place <= right {
                high = right
            } else if place >= left {
                low = left
            } else {
                return
            }
        }
    }
}
