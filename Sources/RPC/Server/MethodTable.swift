/// The methods of a server, found by the bytes of a path. A server has few, so they are compared
/// one by one, which costs less than hashing.
struct MethodTable: Sendable {
    private let entries: [(path: [UInt8], method: RPCMethod)]

    init(_ methods: [RPCMethod]) {
        entries = methods.map { (Array($0.path.utf8), $0) }
    }

    func method(at path: ArraySlice<UInt8>) -> RPCMethod? {
        for entry in entries
        where entry.path.count == path.count && path.elementsEqual(entry.path) {
            return entry.method
        }
        return nil
    }
}
