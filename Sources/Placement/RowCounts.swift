/// A count for each of some rows, in eight bytes each: a board has such a table for each group and
/// deployment, and looks into it for every task that comes or goes.
///
/// Rows are found by what their number hashes to and, where that place is taken, in the places
/// after it. The order of the places is the same in each run.
struct RowCounts: Sendable {
    /// The row plus one in the upper half, its count in the lower; 0 for a place that is free. As
    /// many as a power of two.
    private var places: [UInt64] = []
    /// How many rows have a count.
    private(set) var size = 0

    var isEmpty: Bool { size == 0 }

    subscript(row: Int) -> Int {
        if size == 0 { return 0 }
        var place = home(of: row)
        while places[place] != 0 {
            if Self.row(places[place]) == row { return Self.count(places[place]) }
            place = (place + 1) & (places.count - 1)
        }
        return 0
    }

    /// A count that comes to 0 is no longer there.
    mutating func add(_ number: Int, at row: Int) {
        if 4 * (size + 1) > 3 * places.count { grow() }
        var place = home(of: row)
        while places[place] != 0, Self.row(places[place]) != row {
            place = (place + 1) & (places.count - 1)
        }
        let isNew = places[place] == 0
        let count = (isNew ? 0 : Self.count(places[place])) + number
        if count == 0 {
            if !isNew { remove(place) }
        } else {
            places[place] = UInt64(row + 1) << 32 | UInt64(UInt32(bitPattern: Int32(count)))
            if isNew { size += 1 }
        }
    }

    /// Those after it that would not be found any more move up.
    private mutating func remove(_ freed: Int) {
        let mask = places.count - 1
        var hole = freed
        var place = (hole + 1) & mask
        while places[place] != 0 {
            let home = home(of: Self.row(places[place]))
            if (place - home) & mask >= (place - hole) & mask {
                places[hole] = places[place]
                hole = place
            }
            place = (place + 1) & mask
        }
        places[hole] = 0
        size -= 1
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: 0, count: Swift.max(8, 2 * old.count))
        for entry in old where entry != 0 {
            var place = home(of: Self.row(entry))
            while places[place] != 0 { place = (place + 1) & (places.count - 1) }
            places[place] = entry
        }
    }

    /// Multiplied by the golden ratio, whose upper bits are spread evenly.
    private func home(of row: Int) -> Int {
        let hash = UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15
        return Int(hash >> 32) & (places.count - 1)
    }

    private static func row(_ place: UInt64) -> Int { Int(place >> 32) - 1 }

    private static func count(_ place: UInt64) -> Int {
        Int(Int32(bitPattern: UInt32(truncatingIfNeeded: place)))
    }
}

extension RowCounts: Sequence {
    /// Rows and their counts.
    func makeIterator() -> some IteratorProtocol<(row: Int, count: Int)> {
        places.lazy.filter { $0 != 0 }.map { (row: Self.row($0), count: Self.count($0)) }
            .makeIterator()
    }
}
