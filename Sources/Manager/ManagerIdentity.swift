import Identity
import Logging
import Model
import RPC

/// What a manager with TLS has: its authority, and what it shows to workers.
struct ManagerIdentity: Sendable {
    let authority: CertificateAuthority
    let tls: RPCServerTLS

    /// Opens the authority of the data folder, or makes it; `nil` when workers prove nothing.
    init?(_ configuration: ManagerConfiguration, _ logger: Logger) throws(IdentityError) {
        guard configuration.security == .mutualTLS else { return nil }
        let folder = configuration.dataFolder + "/authority"
        let (authority, isNew) = try AuthorityFolder(folder).open(at: Clocks.wall)
        let credentials = try ManagerCredentials(authority: authority)
        self.authority = authority
        tls = RPCServerTLS(
            context: { credentials.context() }, identify: { try credentials.identify($0) })
        if isNew {
            logger.notice(
                "a certificate authority was made for this manager",
                metadata: ["folder": "\(folder)"])
        }
    }
}
