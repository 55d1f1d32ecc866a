import ECSAPI

/// Keys that requests are signed with.
extension ManagerClient {
    func createAccessKey(
        named name: String, isReadOnly: Bool
    ) async throws(Failure) -> NewAccessKey {
        struct Request: Encodable {
            var name: String
            var readOnly: Bool
        }
        return try await ask("/muster/v1/keys", Request(name: name, readOnly: isReadOnly))
    }

    func accessKeys() async throws(Failure) -> AccessKeyReport {
        try await look("/muster/v1/keys")
    }

    func revokeAccessKey(_ id: String) async throws(Failure) -> RevokedAccessKey {
        try await ask("/muster/v1/keys/revoke", ["id": id])
    }
}
