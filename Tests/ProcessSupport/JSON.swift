public import Foundation

/// A JSON value that is pleasant to ask questions of in a test.
public enum JSON: Hashable, Sendable {
    case object([String: JSON])
    case array([JSON])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    public init(parsing data: Data) throws {
        self.init(try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed))
    }

    private init(_ any: Any) {
        switch any {
        case let object as [String: Any]: self = .object(object.mapValues { JSON($0) })
        case let array as [Any]: self = .array(array.map { JSON($0) })
        case let string as String: self = .string(string)
        case let number as NSNumber:
            self =
                isBoolean(number) ? .bool(number.boolValue) : .number(number.doubleValue)
        default: self = .null
        }
    }

    public subscript(_ name: String) -> JSON {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    public subscript(_ index: Int) -> JSON {
        if case .array(let items) = self, items.indices.contains(index) {
            items[index]
        } else {
            .null
        }
    }

    public var items: [JSON] { if case .array(let items) = self { items } else { [] } }
    public var string: String { if case .string(let text) = self { text } else { "" } }
    public var int: Int { if case .number(let number) = self { Int(number) } else { 0 } }
    public var isNull: Bool { self == .null }

    /// The same value as Foundation's serializer takes it.
    var foundation: Any {
        switch self {
        case .object(let members): members.mapValues(\.foundation)
        case .array(let items): items.map(\.foundation)
        case .string(let text): text
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? Int(number) as Any : number as Any
        case .bool(let bool): bool
        case .null: NSNull()
        }
    }

    public var data: Data {
        get throws {
            try JSONSerialization.data(withJSONObject: foundation, options: .fragmentsAllowed)
        }
    }
}

/// Whether a number that Foundation parsed was `true` or `false`.
private func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c"
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }

    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
