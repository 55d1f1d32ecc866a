package import ClusterState
import HashTreeCollections
package import Model

extension ManagerCore {
    mutating func create(_ request: CreateAccessKey) throws(APIError) -> Outcome {
        for change in try state.changes(for: request, at: now.wall) { record(change) }
        guard let key = state.accessKeys[request.id] else {
            throw APIError(.server, "The access key was not kept.")
        }
        notice(.info, "access key made", ["key": "\(key.id)", "name": key.name.clipped])
        return .accessKey(key)
    }

    /// It is kept as one that is revoked: otherwise revoking the last would open the API to
    /// everyone.
    mutating func revokeAccessKey(_ id: AccessKeyID) throws(APIError) -> Outcome {
        let (key, change) = try state.changes(revoking: id, at: now.wall)
        if let change {
            record(change)
            notice(.warning, "access key revoked", ["key": "\(id)", "name": key.name.clipped])
        }
        return .accessKey(key)
    }
}

/// What becomes of access keys: for the core, and for who makes one while no manager runs.
extension ClusterState {
    package func changes(
        for request: CreateAccessKey, at now: WallTime
    ) throws(APIError) -> [Change] {
        guard accessKeys[request.id] == nil else {
            throw APIError(.conflict, "There is an access key \(request.id) already.")
        }
        let key = AccessKey(
            id: request.id, name: request.name, isReadOnly: request.isReadOnly,
            secret: request.secret, createdAt: now)
        let most = ManagerSettings.accessKeysMaximum
        guard accessKeys.count >= most else { return [.accessKey(key)] }
        guard let oldest = accessKeysInOrder().first(where: { $0.revokedAt != nil }) else {
            throw APIError(
                .limitExceeded,
                "There are \(most) access keys, the most there may be. Revoke one that is not "
                    + "needed with 'muster key revoke'.")
        }
        return [.removeAccessKey(oldest.id), .accessKey(key)]
    }

    /// - Returns: The key as it is then, and no change if it was revoked before.
    package func changes(
        revoking id: AccessKeyID, at now: WallTime
    ) throws(APIError) -> (AccessKey, Change?) {
        guard var key = accessKeys[id] else {
            throw APIError(
                .resourceNotFound,
                "There is no access key \(id). 'muster key list' shows those there are.")
        }
        guard key.revokedAt == nil else { return (key, nil) }
        key.revokedAt = now
        return (key, .accessKey(key))
    }
}
