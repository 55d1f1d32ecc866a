import Model

/// Ids in ascending order, of which a part can be taken from anywhere without a look at the rest.
///
/// A tree by the digits of the ids: those are random, so it is as deep as it has to be and no
/// deeper. Copies share what is not changed in one of them.
struct OrderedIDs<Kind>: Sendable {
    private enum Node: Sendable {
        /// Ascending.
        case leaf([Identifier<Kind>])
        /// One for each value of the next digit.
        case branch([Node])
    }

    /// What a leaf holds at most, unless its ids are alike in every digit.
    private static var leafMaximum: Int { 32 }
    private static var digits: Int { 32 }

    private var root = Node.leaf([])
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Takes in an id that is not there yet.
    mutating func insert(_ id: Identifier<Kind>) {
        Self.insert(id, into: &root, depth: 0)
        count += 1
    }

    /// Takes out an id that is there.
    mutating func remove(_ id: Identifier<Kind>) {
        Self.remove(id, from: &root, depth: 0)
        count -= 1
    }

    /// Gives the ids that come after one, ascending, until it is told that it is enough.
    func visit(after id: Identifier<Kind>?, _ wantsMore: (Identifier<Kind>) -> Bool) {
        _ = Self.visit(root, after: id, depth: 0, wantsMore)
    }

    private static func insert(_ id: Identifier<Kind>, into node: inout Node, depth: Int) {
        switch node {
        case .leaf(var ids):
            // Let go of, so that it is changed in place where no copy has it.
            node = .leaf([])
            ids.insert(id, at: ids.firstIndex { $0 > id } ?? ids.endIndex)
            node = ids.count > leafMaximum && depth < digits ? split(ids, depth) : .leaf(ids)
        case .branch(var children):
            node = .leaf([])
            insert(id, into: &children[id.digit(depth)], depth: depth + 1)
            node = .branch(children)
        }
    }

    private static func split(_ ids: [Identifier<Kind>], _ depth: Int) -> Node {
        var parts = Array(repeating: [Identifier<Kind>](), count: 16)
        for id in ids { parts[id.digit(depth)].append(id) }
        return .branch(parts.map { .leaf($0) })
    }

    private static func remove(_ id: Identifier<Kind>, from node: inout Node, depth: Int) {
        switch node {
        case .leaf(var ids):
            node = .leaf([])
            ids.removeAll { $0 == id }
            node = .leaf(ids)
        case .branch(var children):
            node = .leaf([])
            remove(id, from: &children[id.digit(depth)], depth: depth + 1)
            node = joined(children) ?? .branch(children)
        }
    }

    /// One leaf instead of many that are nearly empty.
    private static func joined(_ children: [Node]) -> Node? {
        var sum = 0
        for child in children {
            guard case .leaf(let ids) = child else { return nil }
            sum += ids.count
        }
        guard sum <= leafMaximum / 2 else { return nil }
        return .leaf(
            children.flatMap { child in
                guard case .leaf(let ids) = child else { return [Identifier<Kind>]() }
                return ids
            })
    }

    /// - Returns: Whether more is wanted.
    private static func visit(
        _ node: Node, after id: Identifier<Kind>?, depth: Int,
        _ wantsMore: (Identifier<Kind>) -> Bool
    ) -> Bool {
        switch node {
        case .leaf(let ids):
            return ids.allSatisfy { known in
                if let id, known <= id { return true }
                return wantsMore(known)
            }
        case .branch(let children):
            let first = id?.digit(depth) ?? 0
            return (first..<children.count).allSatisfy { index in
                visit(
                    children[index], after: index == first ? id : nil, depth: depth + 1, wantsMore)
            }
        }
    }
}

extension Identifier {
    /// One of the 32 hexadecimal digits.
    fileprivate func digit(_ index: Int) -> Int {
        let word = index < 16 ? high : low
        return Int(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0xF
    }
}
