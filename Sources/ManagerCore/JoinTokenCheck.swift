public import ClusterState
import HashTreeCollections
public import Model

extension ClusterState {
    /// The token that a secret belongs to, if it is good for joining.
    ///
    /// Also for the shell, which looks before it spends time on a stranger's signature. Who does
    /// not know the secret learns nothing of the token.
    public func joinToken(
        _ id: JoinTokenID, secret: Fingerprint, at now: WallTime
    ) throws(WorkerRefusal) -> JoinToken {
        guard let token = joinTokens[id], token.secret.matches(secret) else {
            throw WorkerRefusal(
                .unauthenticated,
                "this manager knows no such join token; make one with "
                    + "'muster token create --cluster NAME'")
        }
        let cluster = clusters[token.cluster]
        let remedy = "make another with 'muster token create --cluster \(cluster?.name ?? "NAME")'"
        switch token.standing(at: now) {
        case .valid: break
        case .expired:
            throw WorkerRefusal(.unauthenticated, "the join token \(id) has expired; \(remedy)")
        case .revoked:
            throw WorkerRefusal(.unauthenticated, "the join token \(id) was revoked; \(remedy)")
        }
        guard cluster?.status == .active else {
            throw WorkerRefusal(
                .unauthenticated, "the cluster of the join token \(id) was deleted; \(remedy)")
        }
        return token
    }
}
