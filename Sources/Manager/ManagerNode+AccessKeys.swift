import ClusterState
import HashTreeCollections
import Identity
import Logging
import ManagerCore
public import Model

/// Keys that requests to the API are signed with: made and opened here, kept by the core.
extension ManagerNode {
    public func makeAccessKey(
        named name: String, isReadOnly: Bool
    ) async throws(APIError) -> (key: AccessKey, secret: String) {
        let (id, secret) = SecretVault.newAccessKey()
        let command = CreateAccessKey(
            id: id, name: name, isReadOnly: isReadOnly, secret: try vault.sealed(secret, for: id))
        guard case .accessKey(let key) = try await submit(.createAccessKey(command)).0 else {
            throw APIError(.server, "The manager made no access key.")
        }
        return (key, secret)
    }

    public func secret(of key: AccessKey) -> String? {
        vault.unseal(key.secret, for: key.id)
    }

    /// Tells of keys that can't be used since they were sealed by another file than is there now.
    static func warn(of state: ClusterState, _ vault: SecretVault, _ logger: Logger) {
        let valid = state.accessKeysInOrder().filter { $0.revokedAt == nil }
        for key in valid where vault.unseal(key.secret, for: key.id) == nil {
            logger.warning(
                "access key can't be unsealed; bring sealing.key back, or revoke it",
                metadata: ["key": "\(key.id)"])
        }
        if state.demandsSignatures, valid.isEmpty {
            logger.warning("every access key is revoked; make one with 'muster key create --data'")
        }
    }
}

extension SecretVault {
    func sealed(_ secret: String, for id: AccessKeyID) throws(APIError) -> SealedSecret {
        do {
            return try seal(secret, for: id)
        } catch {
            throw APIError(.server, error.message)
        }
    }
}
