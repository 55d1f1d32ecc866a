public import ClusterState
import HashTreeCollections
public import Model

/// What makes access keys and knows their secrets: whoever holds what seals them.
public protocol AccessKeyKeeper: Sendable {
    /// - Returns: What is kept of the key, and its secret, which is told this once.
    func makeAccessKey(
        named name: String, isReadOnly: Bool
    ) async throws(APIError) -> (key: AccessKey, secret: String)

    /// - Returns: `nil` when it was sealed with what is not there any more.
    func secret(of key: AccessKey) -> String?
}

/// Muster's own endpoints for the keys that requests are signed with.
public struct AccessKeyEndpoint: Sendable {
    private let controlPlane: any ControlPlane
    private let keeper: (any AccessKeyKeeper)?

    /// Bytes of a key's name.
    public static let nameMaximum = 64

    /// - Parameter keeper: `nil` where no keys can be made.
    public init(controlPlane: some ControlPlane, keeper: (any AccessKeyKeeper)?) {
        self.controlPlane = controlPlane
        self.keeper = keeper
    }

    /// Carries out `{"name", "readOnly"}`; both may be left out. Answers a ``NewAccessKey``.
    public func create(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        let request = try OwnCoding.decode(
            KeyRequest.self, from: body, help: #"{"name": "…", "readOnly": false}"#)
        guard let keeper else {
            throw APIError(.unsupportedFeature, "No access keys can be made here.")
        }
        let name = request.name ?? ""
        try Self.check(name: name)
        let made = try await keeper.makeAccessKey(
            named: name, isReadOnly: request.readOnly ?? false)
        return try OwnCoding.encode(NewAccessKey(id: "\(made.key.id)", secret: made.secret))
    }

    /// A name stands in ARNs of errors, and in lists.
    public static func check(name: String) throws(APIError) {
        let isPlain = name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || "+=,.@_-".utf8.contains($0)
        }
        guard isPlain, name.utf8.count <= nameMaximum else {
            throw APIError(
                .invalidParameter,
                "The name of an access key has at most \(nameMaximum) letters, digits and "
                    + "characters of +=,.@_- in it.")
        }
    }

    /// An ``AccessKeyReport``.
    public func list() throws(APIError) -> [UInt8] {
        try OwnCoding.encode(AccessKeyReport(controlPlane.snapshot()))
    }

    /// Carries out `{"id"}`. Answers a ``RevokedAccessKey``.
    public func revoke(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        let help = #"{"id": "…"} with the id that 'muster key list' shows"#
        let request = try OwnCoding.decode(KeyReference.self, from: body, help: help)
        guard let id = request.id.flatMap({ AccessKeyID($0) }) else {
            throw APIError(.invalidParameter, "Send \(help).")
        }
        let (_, state) = try await controlPlane.submit(.revokeAccessKey(id))
        return try OwnCoding.encode(RevokedAccessKey(id, state))
    }

    private struct KeyRequest: Decodable {
        var name: String?
        var readOnly: Bool?
    }

    private struct KeyReference: Decodable {
        var id: String?
    }
}

extension AccessKeyReport {
    public init(_ state: ClusterState) {
        keys = state.accessKeysInOrder().map { key in
            Key(
                id: "\(key.id)", name: key.name, readOnly: key.isReadOnly,
                createdAt: key.createdAt.milliseconds, revokedAt: key.revokedAt?.milliseconds)
        }
    }
}

extension RevokedAccessKey {
    public init(_ id: AccessKeyID, _ state: ClusterState) {
        self.init(
            id: "\(id)",
            writingKeys: state.accessKeys.values.count { $0.revokedAt == nil && !$0.isReadOnly })
    }
}
