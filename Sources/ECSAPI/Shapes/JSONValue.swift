/// Any JSON value: a member whose form the model leaves open.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) {
        switch try json.kind() {
        case .null: self = .null
        case .bool: self = .bool(try json.bool())
        case .number: self = .number(try json.double())
        case .string: self = .string(try json.string())
        case .list: self = .array(try json.list())
        case .object:
            var members: [String: JSONValue] = [:]
            try json.object { json, name throws(RequestFault) in
                members[name] = try JSONValue(from: &json)
            }
            self = .object(members)
        }
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.verbatim("null")
        case .bool(let value): value.write(to: &json)
        case .number(let value): value.write(to: &json)
        case .string(let value): value.write(to: &json)
        case .array(let value): value.write(to: &json)
        case .object(let value):
            json.object { json in
                for (name, value) in value.sorted(by: { $0.key < $1.key }) {
                    json.member(named: name, value)
                }
            }
        }
    }
}
