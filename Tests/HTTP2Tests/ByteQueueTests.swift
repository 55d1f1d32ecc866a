import HTTP2
import Testing

@Suite("Byte queue")
struct ByteQueueTests {
    @Test("What is taken is what was added, in order, however it is cut")
    func order() {
        var generator = SystemRandomNumberGenerator()
        var queue = ByteQueue()
        var expected: [UInt8] = []
        for _ in 0..<2_000 {
            if Bool.random(using: &generator) {
                let size = Int.random(in: 0...700, using: &generator)
                let piece = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
                piece.withUnsafeBytes { queue.append($0) }
                expected += piece
            } else {
                let size = Int.random(in: 0...expected.count, using: &generator)
                let isSame = queue.withUnsafeBytes {
                    $0.prefix(size).elementsEqual(expected.prefix(size))
                }
                #expect(isSame)
                queue.removeFirst(size)
                expected.removeFirst(size)
            }
            let count = queue.count
            #expect(count == expected.count)
        }
        let isSame = queue.withUnsafeBytes { $0.elementsEqual(expected) }
        #expect(isSame)
    }

    @Test("A queue that is filled and emptied in turn does not grow")
    func memory() {
        var queue = ByteQueue()
        let piece = [UInt8](repeating: 1, count: 100)
        for _ in 0..<100_000 {
            piece.withUnsafeBytes { queue.append($0) }
            queue.removeFirst(100)
        }
        let spare = queue.spare
        #expect(spare < 1 << 10)
    }

    @Test("An emptied queue keeps as much memory as it is told to")
    func removeAll() {
        var queue = ByteQueue([UInt8](repeating: 1, count: 300))
        queue.removeAll(keeping: 1_000)
        let (isEmpty, kept) = (queue.isEmpty, queue.spare)
        #expect(isEmpty)
        #expect(kept >= 300)
        queue.removeAll()
        let left = queue.spare
        #expect(left == 0)
    }
}
