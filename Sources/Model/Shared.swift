/// A value that many hold and few change: its copies are one, until one of them is changed.
public struct Shared<Value: Sendable>: Sendable {
    // `@unchecked Sendable`: changed only where a single `Shared` holds it, as arrays do it.
    private final class Box: @unchecked Sendable {
        // For the same reason no check of exclusive access is needed, which would be made with each
        // look at a task.
        @exclusivity(unchecked) var value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private var box: Box

    public init(_ value: Value) {
        box = Box(value)
    }

    public var value: Value {
        _read { yield box.value }
        _modify {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.value) }
            yield &box.value
        }
    }

    /// Whether both are one.
    public func isIdentical(to other: Self) -> Bool { box === other.box }
}

extension Shared: Equatable where Value: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.box === right.box || left.value == right.value
    }
}

extension Shared: Hashable where Value: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(value)
    }
}

extension Shared: Encodable where Value: Encodable {
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? any SharedValueEncoder {
            try encoder.encode(box.value, of: box)
        } else {
            try box.value.encode(to: encoder)
        }
    }
}

extension Shared: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws {
        self.init(try Value(from: decoder))
    }
}

/// An encoder that remembers how it wrote a shared value, for the next who holds it.
package protocol SharedValueEncoder: Encoder {
    /// - Parameter holder: Is the same object as long as the value is the same.
    func encode(_ value: some Encodable, of holder: AnyObject) throws
}
