import HashTreeCollections
import Model

/// A table of large values. Its copies share a value until it is replaced, also where a change
/// makes a node of the table anew: a node holds references, and not the values with all that they
/// refer to.
public struct SharedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var shared: TreeDictionary<Key, Shared<Value>> = [:]

    public init() {}

    public subscript(key: Key) -> Value? { shared[key]?.value }

    public var count: Int { shared.count }
    public var isEmpty: Bool { shared.isEmpty }
    /// In no order of their own.
    public var keys: some Collection<Key> { shared.keys }
    public var values: some Collection<Value> { shared.values.lazy.map(\.value) }

    /// Whether the key is new.
    mutating func put(_ value: Value, for key: Key) -> Bool {
        shared.updateValue(Shared(value), forKey: key) == nil
    }

    /// Whether there was one.
    mutating func remove(_ key: Key) -> Bool {
        shared.removeValue(forKey: key) != nil
    }
}

extension SharedTable: Equatable where Value: Equatable {}
