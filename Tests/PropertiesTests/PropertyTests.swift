import Model
import Properties
import Testing

@Suite("A property")
struct PropertyTests {
    static func list(_ random: inout SeededRandom) -> [Int] {
        (0..<20).map { _ in Int.random(in: 0...100, using: &random) }
    }

    static func shrink(_ list: [Int]) -> [[Int]] {
        Property.shorter(list) + Property.simpler(list, Property.smaller)
    }

    @Test("that holds has no counterexample")
    func holds() {
        let found = Property.search(seeds: 1...50, generate: Self.list, shrink: Self.shrink) {
            $0.sorted() == $0.sorted().reversed().reversed() ? nil : "sorting"
        }
        #expect(found == nil)
    }

    @Test("that does not is shown by its smallest counterexample, the same each time")
    func breaks() throws {
        let search = {
            Property.search(seeds: 1...50, generate: Self.list, shrink: Self.shrink) { list in
                let large = list.filter { $0 >= 60 }
                return large.count >= 2 ? "\(large.count) large numbers" : nil
            }
        }
        let found = try #require(search())
        #expect(found.input == "[60, 60]")
        #expect(found.violation == "2 large numbers")
        #expect(found.shrinks > 0 && search() == found)
    }

    @Test("tries every seed, and only those")
    func seeds() {
        let find = { (seeds: ClosedRange<UInt64>) in
            var expected = SeededRandom(seed: 7)
            let wanted = expected.next()
            return Property.search(
                seeds: seeds, generate: { $0.next() }, shrink: { _ in [] },
                violation: { $0 == wanted ? "it" : nil })
        }
        #expect(find(1...7)?.seed == 7)
        #expect(find(1...6) == nil && find(8...20) == nil)
    }

    @Test("shrinks that never end are cut off")
    func endless() {
        let found = Property.search(
            seeds: 1...1, generate: { _ in 0 }, shrink: { [$0 + 1] }, violation: { _ in "always" })
        #expect(found?.shrinks == 5_000)
    }
}
