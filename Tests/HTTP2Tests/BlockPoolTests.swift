import CNghttp2
import Testing

@testable import HTTP2

@Suite("Block pool")
struct BlockPoolTests {
    private let pool = BlockPool()

    @Test("A block that was given back is the next one of its size")
    func reuse() throws {
        let use = pool.join()
        defer { use.deallocate() }
        let memory = BlockPool.allocator(use)
        let first = try #require(memory.malloc(100, use))
        memory.free(first, use)
        #expect(memory.malloc(2_000, use) != first)
        #expect(memory.malloc(90, use) == first)
    }

    @Test("Memory that is asked for cleared is clear, though it was used before")
    func clear() throws {
        let use = pool.join()
        defer { use.deallocate() }
        let memory = BlockPool.allocator(use)
        let first = try #require(memory.malloc(64, use))
        first.initializeMemory(as: UInt8.self, repeating: 7, count: 64)
        memory.free(first, use)
        let cleared = try #require(memory.calloc(8, 8, use))
        #expect(cleared == first)
        #expect(UnsafeRawBufferPointer(start: cleared, count: 64).allSatisfy { $0 == 0 })
        #expect(memory.calloc(.max, 2, use) == nil)
    }

    @Test("A block that grows keeps what it holds")
    func growth() throws {
        let use = pool.join()
        defer { use.deallocate() }
        let memory = BlockPool.allocator(use)
        var block = try #require(memory.realloc(nil, 10, use))
        block.initializeMemory(as: UInt8.self, repeating: 7, count: 10)
        for size in [60, 200, 5_000, 100_000] {
            block = try #require(memory.realloc(block, size, use))
            #expect(UnsafeRawBufferPointer(start: block, count: 10).allSatisfy { $0 == 7 })
        }
        memory.free(block, use)
    }

    @Test("What is kept has a bound")
    func bound() throws {
        let use = pool.join()
        defer { use.deallocate() }
        let memory = BlockPool.allocator(use)
        let blocks = (0..<2_000).map { _ in memory.malloc(1_000, use) }
        for block in blocks { memory.free(block, use) }
        #expect(pool.keptBytes > 1 << 19)
        #expect(pool.keptBytes <= 1 << 20)
    }

    @Test("A session that has left gives its blocks back to the system")
    func leaving() throws {
        let use = pool.join()
        let memory = BlockPool.allocator(use)
        let block = try #require(memory.malloc(100, use))
        use.pointee.leavePool()
        memory.free(block, use)
        use.deallocate()
        #expect(pool.keptBytes == 0)
    }
}
