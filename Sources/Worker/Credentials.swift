import Foundation
import Identity
import Model
import RPC
import Synchronization

/// What a worker proves itself with: its certificate, kept in its data folder, and the join token
/// that may get it another.
final class Credentials: Sendable {
    /// Where the certificate is in the data folder.
    static let fileName = "identity.pem"

    private struct State {
        /// The newest certificate; `nil` when there is none for this cluster.
        var current: WorkerCredential?
        /// The same over all certificates, so that the worker stays who it is.
        var key: WorkerKey
    }

    private let file: String
    private let source: WorkerConfiguration.JoinToken?
    private let cluster: String
    private let state: Mutex<State>

    /// Takes the data folder's certificate, if it is for this cluster and, when there is a token,
    /// of the token's authority. Blocking; for use on a thread that may wait for a disk.
    ///
    /// - Throws: ``WorkerError`` when there is neither a certificate nor a token, or one of them
    ///   can't be read.
    init(
        _ configuration: WorkerConfiguration, token source: WorkerConfiguration.JoinToken?,
        at now: WallTime
    ) throws(WorkerError) {
        file = "\(configuration.dataFolder)/\(Self.fileName)"
        self.source = source
        cluster = configuration.cluster
        let stored: WorkerCredential?
        do {
            stored = try WorkerCredential.load(file)
        } catch {
            throw WorkerError(.folderUnusable, error.message)
        }
        let fitting = stored.flatMap { configuration.fits($0.subject) ? $0 : nil }
        let isGood = fitting.map { $0.times.endsAt > now } ?? false
        let token: JoinTokenText?
        do {
            token = try source?.read()
        } catch {
            // Without a certificate the token is all there is.
            guard isGood else { throw WorkerError(.configuration, error.message) }
            token = nil
        }
        if source == nil, !isGood { throw Self.nothingToShow(stored, configuration) }
        let current = token.map { $0.authority == fitting?.authority } ?? true ? fitting : nil
        state = Mutex(State(current: current, key: current?.key ?? WorkerKey()))
    }

    private static func nothingToShow(
        _ stored: WorkerCredential?, _ configuration: WorkerConfiguration
    ) -> WorkerError {
        let cluster = configuration.cluster
        let lack =
            if let stored, !configuration.fits(stored.subject) {
                "the certificate in its data folder is for cluster \(stored.subject.cluster) in "
                    + "region \(stored.subject.region), and it was given no join token for "
                    + "cluster \(cluster)"
            } else if stored != nil {
                "the certificate in its data folder has ended, and it was given no join token"
            } else {
                "it has no certificate yet and was given no join token"
            }
        return WorkerError(
            .configuration,
            "the worker can't join cluster \(cluster): \(lack). Make a token where the manager "
                + "runs, with 'muster token create --cluster \(cluster)', and give it with "
                + "--token, --token-file or MUSTER_JOIN_TOKEN. If the manager was started with "
                + "--no-tls, start the worker with it too")
    }

    // MARK: Queries

    /// When the present certificate ends.
    var times: CertificateTimes? { state.withLock { $0.current?.times } }

    /// For connections as this worker.
    func tls() throws(WorkerRefusal) -> RPCClientTLS {
        guard let current = state.withLock({ $0.current }) else {
            throw WorkerRefusal(.unauthenticated, "the worker has no certificate")
        }
        return RPCClientTLS(
            context: try refusing { () throws(IdentityError) in try current.context() },
            serverName: WorkerCredential.managerName)
    }

    /// The token as it is now: a file may have got a new one.
    func token() throws(WorkerRefusal) -> JoinTokenText {
        guard let source else {
            throw WorkerRefusal(
                .unauthenticated,
                "the worker's certificate is good for nothing any more and it has no join token; "
                    + "start it again with one, from 'muster token create --cluster \(cluster)'")
        }
        return try refusing { () throws(IdentityError) in try source.read() }
    }

    func certificateRequest() throws(WorkerRefusal) -> [UInt8] {
        let key = state.withLock { $0.key }
        return try refusing { () throws(IdentityError) in try key.certificateRequest() }
    }

    // MARK: Changes

    /// Takes over what a manager of the authority issued, and keeps it durably first. Blocking.
    func keep(
        _ issued: IssuedCertificate, of authority: Fingerprint
    ) throws(WorkerRefusal) -> CertificateTimes {
        let key = state.withLock { $0.key }
        let credential = try refusing { () throws(IdentityError) in
            let credential = try WorkerCredential(
                key: key, issued: issued, authority: authority)
            try credential.save(to: file)
            return credential
        }
        state.withLock { $0.current = credential }
        return credential.times
    }

    /// The authority that the present certificate is of.
    func authority() throws(WorkerRefusal) -> Fingerprint {
        guard let current = state.withLock({ $0.current }) else {
            throw WorkerRefusal(.unauthenticated, "the worker has no certificate to renew")
        }
        return current.authority
    }

    /// What is wrong with a key, a token or a file keeps the worker out until someone mends it.
    private func refusing<Value>(
        _ body: () throws(IdentityError) -> Value
    ) throws(WorkerRefusal) -> Value {
        do {
            return try body()
        } catch {
            throw WorkerRefusal(.invalidArgument, error.message)
        }
    }
}

extension WorkerConfiguration.JoinToken {
    func read() throws(IdentityError) -> JoinTokenText {
        switch self {
        case .text(let text): return try JoinTokenText(text)
        case .file(let path):
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw IdentityError(
                    .file,
                    "the join token's file \(path) can't be read; check its name and permissions")
            }
            do {
                return try JoinTokenText(text)
            } catch {
                throw IdentityError(.invalid, "in \(path): \(error.message)")
            }
        }
    }
}

extension WorkerConfiguration {
    /// Whether a certificate is for the cluster that the worker is to join.
    func fits(_ subject: WorkerSubject) -> Bool {
        subject.cluster == cluster && (region.isEmpty || subject.region == region)
    }
}
