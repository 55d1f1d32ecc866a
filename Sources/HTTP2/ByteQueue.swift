/// Bytes in one piece of memory: added at the end, taken from the front.
///
/// What an array would do too, but adding costs a comparison and a copy, and taking some moves
/// nothing. An empty one that nothing was added to has no memory.
///
/// `@unchecked Sendable`: it alone owns its memory, and it can't be copied.
public struct ByteQueue: ~Copyable, @unchecked Sendable {
    @usableFromInline var memory: UnsafeMutableRawPointer?
    /// Bytes of memory.
    @usableFromInline var capacity = 0
    /// The bytes are from here...
    @usableFromInline var start = 0
    /// ...to here.
    @usableFromInline var end = 0

    public init() {}

    public init(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    deinit {
        memory?.deallocate()
    }

    @inlinable public var count: Int { end - start }
    @inlinable public var isEmpty: Bool { end == start }
    /// Bytes that can be added before memory grows.
    @inlinable public var spare: Int { capacity - end }

    /// Adds a copy of bytes.
    @inlinable public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        append(count: bytes.count) { $0.copyMemory(from: bytes) }
    }

    /// Adds bytes that `write` has to write, all of them.
    @inlinable @inline(__always) public mutating func append(
        count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        if count > spare { makeRoom(for: count) }
        guard let memory else { return }
        write(UnsafeMutableRawBufferPointer(start: memory + end, count: count))
        end += count
    }

    /// Takes bytes from the front.
    @inlinable public mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "more than there are")
        start += count
    }

    /// Takes all bytes; memory stays for the next if it has at most `keeping` bytes.
    public mutating func removeAll(keeping: Int = 0) {
        start = 0
        end = 0
        guard capacity > keeping else { return }
        memory?.deallocate()
        memory = nil
        capacity = 0
    }

    @inlinable public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        body(
            UnsafeRawBufferPointer(
                start: memory.map { UnsafeRawPointer($0 + start) }, count: count))
    }

    /// Moves the bytes to the front where that frees more than half of the memory; else memory
    /// grows, and by so much that what waits is seldom moved.
    @usableFromInline mutating func makeRoom(for more: Int) {
        let count = self.count
        let isRoomy = start > capacity / 2 && capacity - count >= more
        if !isRoomy {
            let growth = capacity < Self.small ? 4 * capacity : 2 * capacity
            replaceMemory(by: max(count + more, growth, Self.least))
        } else if let memory {
            memory.copyMemory(from: memory + start, byteCount: count)
        }
        start = 0
        end = count
    }

    private mutating func replaceMemory(by capacity: Int) {
        let replacement = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        if let memory {
            replacement.copyMemory(from: memory + start, byteCount: count)
            memory.deallocate()
        }
        memory = replacement
        self.capacity = capacity
    }

    /// Memory to begin with.
    private static let least = 256
    /// Memory below this grows by four, above by two.
    private static let small = 64 << 10
}
