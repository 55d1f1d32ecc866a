import Model
import Testing

@testable import Placement

@Suite("Counts by row")
struct RowCountsTests {
    @Test(
        "are those of a dictionary, whatever comes and goes",
        arguments: 1...20 as ClosedRange<UInt64>)
    func dictionary(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var counts = RowCounts()
        var plain: [Int: Int] = [:]
        let rows = Int.random(in: 1...300, using: &random)
        for _ in 0..<2_000 {
            let row = Int.random(in: 0..<rows, using: &random)
            let number = Bool.random(using: &random) ? 1 : -1
            counts.add(number, at: row)
            let count = (plain[row] ?? 0) + number
            plain[row] = count == 0 ? nil : count
            #expect(counts[row] == count)
        }
        #expect((0..<rows).allSatisfy { counts[$0] == plain[$0] ?? 0 })
        #expect(counts.size == plain.count && counts.isEmpty == plain.isEmpty)
        #expect(Dictionary(uniqueKeysWithValues: counts.map { ($0.row, $0.count) }) == plain)
    }
}

@Suite("The best of many entries")
struct SelectionTests {
    @Test(
        "are kept, and the last of them told where others were left out", arguments: [1, 2, 7, 64])
    func best(limit: Int) {
        var random = SeededRandom(seed: UInt64(limit))
        for count in [0, 1, limit - 1, limit, limit + 1, 4 * limit, 4 * limit + 1, 50 * limit] {
            var selection = Selection(limit: limit)
            let entries = (0..<count).map { row in
                var key = Key()
                key.set(Key.lanes - 1, Int.random(in: 0..<3, using: &random))
                return Shortlist.Entry(key: key, id: random.identifier(), row: row)
            }
            for entry in entries { selection.offer(entry, of: 1) }
            let (kept, last) = selection.take(1)
            let best = Array(entries.sorted().prefix(limit))
            #expect(kept.sorted() == best)
            #expect(last == (count > limit ? best.last : nil))
            #expect(selection.take(0).entries.isEmpty && selection.take(2).entries.isEmpty)
        }
    }
}
