/// A key that requests to the API are signed with, as the manager keeps it.
///
/// A revoked key is kept: that there ever was a key is what makes the manager demand signatures.
public struct AccessKey: Hashable, Sendable, Codable, Identifiable {
    public let id: AccessKeyID
    /// What people call it; may be empty.
    public let name: String
    /// Whether it is good for questions alone.
    public let isReadOnly: Bool
    public let secret: SealedSecret
    public let createdAt: WallTime
    public var revokedAt: WallTime?

    public init(
        id: AccessKeyID, name: String, isReadOnly: Bool, secret: SealedSecret,
        createdAt: WallTime, revokedAt: WallTime? = nil
    ) {
        self.id = id
        self.name = name
        self.isReadOnly = isReadOnly
        self.secret = secret
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }

    /// The same without its secret, for who looks back.
    public var withoutSecret: AccessKey {
        AccessKey(
            id: id, name: name, isReadOnly: isReadOnly, secret: SealedSecret(text: ""),
            createdAt: createdAt, revokedAt: revokedAt)
    }
}

/// The name of an access key, which every signed request tells: 20 capital letters and digits.
public struct AccessKeyID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let description: String

    /// `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let isPlain = text.utf8.allSatisfy {
            (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
        }
        guard text.utf8.count == 20, isPlain else { return nil }
        description = String(text)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.description < right.description
    }
}

extension AccessKeyID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = AccessKeyID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not the id of an access key")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A secret that only the holder of the manager's sealing key can read. Its description tells
/// nothing.
public struct SealedSecret: Hashable, Sendable, CustomStringConvertible {
    /// What is on disk.
    public let text: String

    public init(text: String) {
        self.text = text
    }

    public var description: String { "sealed" }
}

extension SealedSecret: Codable {
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// The secret comes sealed: the core never sees it.
public struct CreateAccessKey: Hashable, Sendable {
    public var id: AccessKeyID
    public var name: String
    public var isReadOnly: Bool
    public var secret: SealedSecret

    public init(id: AccessKeyID, name: String, isReadOnly: Bool, secret: SealedSecret) {
        self.id = id
        self.name = name
        self.isReadOnly = isReadOnly
        self.secret = secret
    }
}
