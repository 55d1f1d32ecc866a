import CProtobufC

/// Memory for the C form of one message: taken in pieces, given back all at once when the arena
/// goes, and never more than a budget.
///
/// Each piece is preceded by its size, so that the length of a string is known even when it holds a
/// NUL, which C would take for its end.
final class Arena {
    private struct Chunk {
        let memory: UnsafeMutableRawPointer
        let size: Int
    }

    private static let alignment = 16
    private static let header = 16
    private static let firstChunk = 2_048

    private let budget: Int
    private(set) var spent = 0
    private(set) var isExhausted = false
    private var chunks: [Chunk] = []
    /// Bytes taken of the last chunk.
    private var used = 0

    init(budget: Int) {
        self.budget = budget
    }

    deinit {
        for chunk in chunks { chunk.memory.deallocate() }
    }

    /// Zeroed memory, aligned for any C type; `nil` when the budget is spent.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size >= 0, size <= budget - spent else {
            isExhausted = true
            return nil
        }
        let rounded = (size + Self.alignment - 1) & ~(Self.alignment - 1)
        let total = Self.header + rounded
        spent += total
        if chunks.isEmpty || chunks[chunks.count - 1].size - used < total {
            addChunk(atLeast: total)
        }
        let piece = chunks[chunks.count - 1].memory + used
        used += total
        piece.storeBytes(of: size, as: Int.self)
        return piece + Self.header
    }

    /// The size of a piece; `nil` for memory that is not of this arena.
    func size(of pointer: UnsafeRawPointer) -> Int? {
        let isOurs = chunks.contains { chunk in
            pointer > UnsafeRawPointer(chunk.memory)
                && pointer < UnsafeRawPointer(chunk.memory + chunk.size)
        }
        return isOurs ? (pointer - Self.header).load(as: Int.self) : nil
    }

    /// Calls with protobuf-c's view of the arena, valid during the call.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result)
        -> Result
    {
        var allocator = ProtobufCAllocator(
            alloc: { data, size in
                guard let data else { return nil }
                return Unmanaged<Arena>.fromOpaque(data).takeUnretainedValue().allocate(size)
            },
            // All pieces go with the arena.
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
        return withExtendedLifetime(self) { body(&allocator) }
    }

    /// Chunks double, so that there are few of them.
    private func addChunk(atLeast needed: Int) {
        let size = max(needed, Self.firstChunk, (chunks.last?.size ?? 0) * 2)
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: size, alignment: Self.alignment)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        chunks.append(Chunk(memory: memory, size: size))
        used = 0
    }
}
