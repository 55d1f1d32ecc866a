package import CProtobufC

/// Memory for the C form of one message: taken in pieces, given back all at once when the arena
/// goes, and never more than a budget.
///
/// Each piece is preceded by its size, so that the length of a string is known even when it holds a
/// NUL, which C would take for its end.
package final class Arena {
    private struct Chunk {
        let memory: UnsafeMutableRawPointer
        let size: Int

        init(size: Int) {
            self.size = size
            memory = .allocate(byteCount: size, alignment: Arena.alignment)
        }

        func contains(_ pointer: UnsafeRawPointer) -> Bool {
            pointer > UnsafeRawPointer(memory) && pointer < UnsafeRawPointer(memory + size)
        }
    }

    private static let alignment = 16
    private static let header = 16
    private static let firstChunk = 2_048

    private let budget: Int
    package private(set) var spent = 0
    package private(set) var isExhausted = false
    /// The chunk that pieces are taken of, and those that are full. Most messages need but one.
    private var chunk: Chunk
    private var full: [Chunk] = []
    /// Bytes taken of the chunk.
    private var used = 0

    package init(budget: Int) {
        self.budget = budget
        chunk = Chunk(size: Self.firstChunk)
    }

    deinit {
        chunk.memory.deallocate()
        for chunk in full { chunk.memory.deallocate() }
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
        if chunk.size - used < total { addChunk(atLeast: total) }
        let piece = chunk.memory + used
        used += total
        piece.storeBytes(of: size, as: Int.self)
        let memory = piece + Self.header
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: rounded)
        return memory
    }

    /// The size of a piece; `nil` for memory that is not of this arena.
    func size(of pointer: UnsafeRawPointer) -> Int? {
        let isOurs = chunk.contains(pointer) || full.contains { $0.contains(pointer) }
        return isOurs ? (pointer - Self.header).load(as: Int.self) : nil
    }

    /// Calls with protobuf-c's view of the arena, valid during the call.
    package func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result)
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
        full.append(chunk)
        chunk = Chunk(size: max(needed, chunk.size * 2))
        used = 0
    }
}
