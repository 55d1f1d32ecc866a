import ClusterState
import HashTreeCollections
import Model

extension ManagerCore {
    /// As with a worker that registers, `default` comes into being when it is first needed.
    mutating func create(_ request: CreateJoinToken) throws(APIError) -> Outcome {
        let lives = ManagerSettings.joinTokenLives
        guard lives.contains(request.life) else {
            throw APIError(
                .invalidParameter,
                "A join token's life must be between \(lives.lowerBound.milliseconds / 1_000) and "
                    + "\(lives.upperBound.milliseconds / 1_000) seconds.")
        }
        let cluster = try clusterForWorkers(request.cluster)
        let most = ManagerSettings.joinTokensMaximum
        guard state.joinTokens.count < most else {
            throw APIError(
                .limitExceeded,
                "There are \(most) join tokens, the most there may be. Tokens that have ended are "
                    + "forgotten after a while: revoke some, and make another then.")
        }
        let token = JoinToken(
            id: random.identifier(), cluster: cluster.id, secret: request.secret,
            createdAt: now.wall, endsAt: now.wall + request.life)
        record(.joinToken(token))
        lookAtJoinToken(token.id, at: token.endsAt)
        notice(.info, "join token made", ["token": "\(token.id)", "cluster": cluster.name])
        return .joinToken(token)
    }

    private mutating func clusterForWorkers(
        _ reference: ClusterReference
    ) throws(APIError) -> Cluster {
        if reference.name == Self.defaultCluster, state.cluster(reference)?.status != .active,
            case .cluster(let cluster) = try create(CreateCluster(cluster: reference))
        {
            return cluster
        }
        return try activeCluster(reference)
    }

    /// Workers that joined with the token stay what they are.
    mutating func revokeJoinToken(_ id: JoinTokenID) throws(APIError) -> Outcome {
        guard var token = state.joinTokens[id] else {
            throw APIError(
                .resourceNotFound,
                "There is no join token \(id). 'muster token list' shows those there are.")
        }
        if token.revokedAt == nil {
            token.revokedAt = now.wall
            record(.joinToken(token))
            notice(.info, "join token revoked", ["token": "\(id)"])
        }
        return .joinToken(token)
    }
}
