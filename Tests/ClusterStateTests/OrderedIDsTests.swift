import Model
import Testing

@testable import ClusterState

@Suite("Ids in order")
struct OrderedIDsTests {
    private typealias IDs = OrderedIDs<TaskKind>

    private func all(_ ids: IDs, after last: TaskID? = nil) -> [TaskID] {
        var found: [TaskID] = []
        ids.visit(after: last) { id in
            found.append(id)
            return true
        }
        return found
    }

    @Test(
        "are those that came and did not go, whatever their digits have in common",
        arguments: [UInt64.max, 0xFFFF, 0xF, 0], [1, 2, 3] as [UInt64])
    func likeASet(highBits: UInt64, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ids = IDs()
        var plain: Set<TaskID> = []
        for step in 0..<3_000 {
            // First it grows, then it shrinks to nothing.
            if step < 1_500 || plain.isEmpty {
                let id = TaskID(
                    high: .random(in: .min ... .max, using: &random) & highBits,
                    low: .random(in: .min ... .max, using: &random))
                if plain.insert(id).inserted { ids.insert(id) }
            } else if let id = plain.randomElement(using: &random) {
                plain.remove(id)
                ids.remove(id)
            }
            if step % 100 == 99 {
                #expect(ids.count == plain.count)
                #expect(all(ids) == plain.sorted())
            }
        }
        for id in plain.sorted() { ids.remove(id) }
        #expect(ids.isEmpty && all(ids).isEmpty)
    }

    @Test("go on after any id, there or not, and end when it is enough")
    func after() {
        var random = SeededRandom(seed: 5)
        var ids = IDs()
        let known = (0..<1_000).map { _ in
            TaskID(high: .random(in: .min ... .max, using: &random), low: 0)
        }
        for id in known { ids.insert(id) }
        for _ in 0..<200 {
            let last = TaskID(high: .random(in: .min ... .max, using: &random), low: 0)
            #expect(all(ids, after: last) == known.filter { $0 > last }.sorted())
        }
        for last in known.prefix(50) {
            #expect(all(ids, after: last) == known.filter { $0 > last }.sorted())
        }
        var seen = 0
        ids.visit(after: nil) { _ in
            seen += 1
            return seen < 7
        }
        #expect(seen == 7)
    }

    @Test("of a copy stay when the other changes")
    func copies() {
        var random = SeededRandom(seed: 6)
        var ids = IDs()
        let known = (0..<500).map { _ in
            TaskID(high: .random(in: .min ... .max, using: &random), low: 0)
        }
        for id in known { ids.insert(id) }
        let copy = ids
        for id in known.prefix(400) { ids.remove(id) }
        #expect(all(copy) == known.sorted())
        #expect(all(ids) == known.dropFirst(400).sorted())
    }
}
