import CNghttp2

/// Small blocks of memory that nghttp2 gave back, kept for its next ones: each call takes and gives
/// back half a dozen, and where many calls are open at a time the C library's own allocator keeps
/// too few of a size at hand.
///
/// One event loop's, and confined to it, but for sessions that go (``Use``).
final class BlockPool {
    /// What a session finds the pool by.
    ///
    /// The last holder of a session may let it go on any thread: its blocks are given back to the
    /// system then, past the pool.
    struct Use {
        fileprivate var pool: UnsafeMutablePointer<State>?

        /// The session goes.
        mutating func leavePool() {
            pool = nil
        }
    }

    fileprivate struct State {
        /// The first free block of each size; each block holds the address of the next.
        var free = InlineArray<17, UnsafeMutableRawPointer?>(repeating: nil)
        var keptBytes = 0
    }

    /// Sizes are multiples of this, so that a block serves what is as large or nearly.
    private static let step = 64
    /// Larger blocks are not kept: none comes with each call.
    private static let largest = 1 << 10
    /// What is kept at most.
    private static let keptMaximum = 1 << 20
    /// Before each block: its size. As wide as the alignment that C promises.
    private static let header = 16

    private let state: UnsafeMutablePointer<State>

    /// Bytes of the blocks that are kept.
    var keptBytes: Int { state.pointee.keptBytes }

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
    }

    deinit {
        for index in state.pointee.free.indices {
            while let block = Self.pop(index, state) { Self.release(block) }
        }
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Joins a session, which deallocates what it is given after it has left the pool.
    func join() -> UnsafeMutablePointer<Use> {
        let use = UnsafeMutablePointer<Use>.allocate(capacity: 1)
        use.initialize(to: Use(pool: state))
        return use
    }

    /// The allocator of a session, as nghttp2 wants it.
    static func allocator(_ use: UnsafeMutablePointer<Use>) -> nghttp2_mem {
        nghttp2_mem(
            mem_user_data: use,
            malloc: { size, use in BlockPool.allocate(size, BlockPool.pool(use)) },
            free: { block, use in
                if let block { BlockPool.give(block, BlockPool.pool(use)) }
            },
            calloc: { count, size, use in
                let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
                guard !overflow else { return nil }
                let block = BlockPool.allocate(bytes, BlockPool.pool(use))
                block.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
                return block
            },
            realloc: { block, size, use in
                BlockPool.resize(block, size, BlockPool.pool(use))
            })
    }

    private static func pool(_ use: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<State>? {
        use?.assumingMemoryBound(to: Use.self).pointee.pool
    }

    private static func allocate(
        _ size: Int, _ pool: UnsafeMutablePointer<State>?
    ) -> UnsafeMutableRawPointer {
        let rounded = max(step, (size + step - 1) / step * step)
        if rounded <= largest, let pool, let block = pop(rounded / step, pool) { return block }
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: header + rounded, alignment: header)
        memory.storeBytes(of: rounded, as: Int.self)
        return memory + header
    }

    private static func give(
        _ block: UnsafeMutableRawPointer, _ pool: UnsafeMutablePointer<State>?
    ) {
        let size = self.size(of: block)
        guard size <= largest, let pool, pool.pointee.keptBytes + size <= keptMaximum else {
            return release(block)
        }
        block.storeBytes(of: pool.pointee.free[size / step], as: UnsafeMutableRawPointer?.self)
        pool.pointee.free[size / step] = block
        pool.pointee.keptBytes += size
    }

    private static func resize(
        _ block: UnsafeMutableRawPointer?, _ size: Int, _ pool: UnsafeMutablePointer<State>?
    ) -> UnsafeMutableRawPointer {
        guard let block else { return allocate(size, pool) }
        let before = self.size(of: block)
        guard size > before else { return block }
        let replacement = allocate(size, pool)
        replacement.copyMemory(from: block, byteCount: before)
        give(block, pool)
        return replacement
    }

    private static func pop(
        _ index: Int, _ pool: UnsafeMutablePointer<State>
    ) -> UnsafeMutableRawPointer? {
        guard let block = pool.pointee.free[index] else { return nil }
        pool.pointee.free[index] = block.load(as: UnsafeMutableRawPointer?.self)
        pool.pointee.keptBytes -= index * step
        return block
    }

    private static func size(of block: UnsafeMutableRawPointer) -> Int {
        (block - header).load(as: Int.self)
    }

    private static func release(_ block: UnsafeMutableRawPointer) {
        (block - header).deallocate()
    }
}
