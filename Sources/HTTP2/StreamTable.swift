/// Values by stream number, for tables that change with every call.
///
/// Open addressing over a table of a power of two with a hash of one multiplication, which spreads
/// numbers that rise one after the other: looking one up costs a comparison or two. Not a general
/// dictionary: at most a few thousand streams are open at a time.
public struct StreamTable<Value> {
    /// Stream 0 is the connection's: it marks an empty place.
    @inlinable static var empty: Int32 { 0 }

    @usableFromInline var keys: ContiguousArray<Int32> = []
    @usableFromInline var values: ContiguousArray<Value?> = []
    @usableFromInline var used = 0

    public init() {}

    @inlinable public var count: Int { used }
    @inlinable public var isEmpty: Bool { used == 0 }

    /// The streams, in the order of their numbers.
    public var streams: [Int32] { keys.filter { $0 != Self.empty }.sorted() }

    /// The value of a stream. Changing it in place copies nothing.
    @inlinable public subscript(stream: Int32) -> Value? {
        get {
            let place = find(stream)
            return place < 0 ? nil : values[place]
        }
        _modify {
            var place = find(stream)
            if place >= 0 {
                yield &values[place]
                if values[place] == nil { removed(at: place) }
            } else {
                var value: Value?
                yield &value
                if let value {
                    place = insert(stream)
                    values[place] = value
                }
            }
        }
    }

    /// Takes the value of a stream out.
    @inlinable public mutating func remove(_ stream: Int32) -> Value? {
        let place = find(stream)
        guard place >= 0 else { return nil }
        var value: Value?
        swap(&value, &values[place])
        removed(at: place)
        return value
    }

    /// Puts in the value of a stream that has none.
    @inlinable public mutating func add(_ value: consuming Value, for stream: Int32) {
        let place = insert(stream)
        values[place] = consume value
    }

    @inlinable public func contains(_ stream: Int32) -> Bool { find(stream) >= 0 }

    /// Where a stream belongs.
    @inlinable func home(_ stream: Int32) -> Int {
        Int((UInt32(bitPattern: stream) &* 0x9E37_79B1) >> 16) & (keys.count - 1)
    }

    @inlinable func find(_ stream: Int32) -> Int {
        guard !keys.isEmpty, stream != Self.empty else { return -1 }
        let mask = keys.count - 1
        var place = home(stream)
        while true {
            let key = keys[place]
            if key == stream { return place }
            if key == Self.empty { return -1 }
            place = (place + 1) & mask
        }
    }

    /// A place for a stream that has none.
    @inlinable mutating func insert(_ stream: Int32) -> Int {
        // At most half full, so that searches are short.
        if (used + 1) * 2 > keys.count { grow() }
        let mask = keys.count - 1
        var place = home(stream)
        while keys[place] != Self.empty { place = (place + 1) & mask }
        keys[place] = stream
        used += 1
        return place
    }

    /// Empties a place and moves up those behind it that would be searched for through it.
    @inlinable mutating func removed(at hole: Int) {
        let mask = keys.count - 1
        var hole = hole
        used -= 1
        keys[hole] = Self.empty
        values[hole] = nil
        var place = (hole + 1) & mask
        while keys[place] != Self.empty {
            let home = home(keys[place])
            if (place - home) & mask >= (place - hole) & mask {
                keys.swapAt(hole, place)
                values.swapAt(hole, place)
                hole = place
            }
            place = (place + 1) & mask
        }
    }

    @inlinable mutating func grow() {
        let oldKeys = keys
        let oldValues = values
        let size = max(4, keys.count * 2)
        keys = ContiguousArray(repeating: Self.empty, count: size)
        values = ContiguousArray(repeating: nil, count: size)
        used = 0
        for (place, key) in oldKeys.enumerated() where key != Self.empty {
            values[insert(key)] = oldValues[place]
        }
    }
}
