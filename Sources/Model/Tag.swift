/// A key and value that a user attaches to an object.
public struct Tag: Hashable, Sendable, Codable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// A part of an object in the API's own JSON, kept so that Describe can give it back. No decision
/// reads it: what Muster acts on has a field of its own.
public struct Document: Hashable, Sendable, Codable {
    public var json: String

    public init(json: String) {
        self.json = json
    }

    public init(from decoder: any Decoder) throws {
        json = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(json)
    }

    public static let empty = Document(json: "{}")
}
