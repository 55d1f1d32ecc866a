import Model
import Testing

@testable import Placement

@Suite("Shortlists")
struct ShortlistTests {
    @Test("are bounded, though each task be of a group of its own and drawn at random")
    func bounded() {
        var board = Board([BoardTests.candidate(1), BoardTests.candidate(2)])
        var random = SeededRandom(seed: 1)
        let most = Shortlists.entriesMaximum / Shortlists.overhead
        for number in 0..<(most + 10) {
            let need = Need(
                resources: Resources(), strategies: [.random], group: "group-\(number)")
            #expect((try? board.place(need, using: &random).get()) != nil)
        }
        #expect(board.shortlists.count <= most)
    }

    @Test("that run out of what they kept look at all instances again")
    func ranOut() {
        let count = Shortlist.usual + 50
        var board = Board((1...count).map { BoardTests.candidate($0, cpu: 100) })
        var random = SeededRandom(seed: 1)
        let need = BoardTests.need([.spread("instanceId")])
        let placed = (1...count).compactMap { _ in try? board.place(need, using: &random).get() }
        #expect(placed.map { Int($0.low) } == Array(1...count))
        #expect((try? board.place(need, using: &random).get()) == nil)
    }

    @Test("that were left behind by the log of changes look at all instances again")
    func leftBehind() {
        var board = Board((1...3).map { BoardTests.candidate($0, cpu: 1_000_000) })
        var random = SeededRandom(seed: 1)
        let need = BoardTests.need([.spread("instanceId")])
        #expect((try? board.place(need, using: &random).get())?.low == 1)
        let other = Holding(resources: Resources(), group: "other")
        for _ in 0...ChangeLog.maximum {
            board.add(other, on: BoardTests.id(2))
            board.remove(other, on: BoardTests.id(2))
        }
        board.add(other, on: BoardTests.id(2))
        #expect((try? board.place(need, using: &random).get())?.low == 3)
    }
}
