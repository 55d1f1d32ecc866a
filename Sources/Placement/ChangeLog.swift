/// Which rows of a board changed, in order: who has read up to a position needs to look at the
/// later ones alone.
struct ChangeLog: Sendable {
    /// Beyond this many the older half is dropped; who has not read it looks at all rows.
    static let maximum = 16_384

    private var rows: [Int] = []
    /// The position of the first that is kept.
    private var start = 0

    var end: Int { start + rows.count }

    mutating func note(_ row: Int) {
        if rows.count == Self.maximum {
            rows.removeFirst(Self.maximum / 2)
            start += Self.maximum / 2
        }
        rows.append(row)
    }

    /// Those since a position; `nil` when they are not all there any more.
    func since(_ position: Int) -> ArraySlice<Int>? {
        position < start ? nil : rows[(position - start)...]
    }
}
