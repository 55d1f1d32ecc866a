import HTTP2

/// The methods of a server, found by the bytes of a path. A server has few, so they are compared
/// one by one, which costs less than hashing.
struct MethodTable: Sendable {
    private let entries: [(path: [UInt8], method: RPCMethod)]

    init(_ methods: [RPCMethod]) {
        entries = methods.map { (Array($0.path.utf8), $0) }
    }

    /// The index of the method at a place in header bytes.
    func find(_ bytes: [UInt8], _ path: Range<Int>) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            entries.firstIndex { entry in
                guard entry.path.count == path.count else { return false }
                // Methods of one service differ at their ends.
                for index in stride(from: path.count - 1, through: 0, by: -1)
                where entry.path[index] != bytes[path.lowerBound + index] {
                    return false
                }
                return true
            }
        }
    }

    subscript(index: Int) -> RPCMethod { entries[index].method }
}
