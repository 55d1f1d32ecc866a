import Foundation
import Identity
import LogSupport
import Logging
import Manager
import ManagerCore
import Model
import NIOCore
import NIOPosix
import RPC
import Testing
import Wire

/// A manager with mutual TLS on loopback, and what its workers do.
struct SecureSite {
    let node: ManagerNode
    let book: LogBook
    /// That of the manager's data folder.
    let authority: CertificateAuthority

    static func run<Result: Sendable>(
        settings: ManagerSettings = .init(), _ body: (SecureSite) async throws -> Result
    ) async throws -> Result {
        try await withFolder { folder in
            let book = LogBook()
            var configuration = ManagerConfiguration(dataFolder: folder)
            configuration.workerPort = 0
            configuration.networkLoops = 1
            configuration.settings = settings
            let node = try await ManagerNode.start(configuration, logger: book.logger)
            let (authority, isNew) = try AuthorityFolder(folder + "/authority").open(at: .now)
            #expect(!isNew)
            let running = Task { try await node.run() }
            let result: Swift.Result<Result, any Error>
            do {
                result = .success(
                    try await body(
                        SecureSite(node: node, book: book, authority: authority)))
            } catch {
                result = .failure(error)
            }
            running.cancel()
            try? await running.value
            return try result.get()
        }
    }

    static let cluster = ClusterReference(region: "us-east-1")

    func token(
        _ cluster: ClusterReference = cluster, life: Duration = .seconds(60)
    ) async throws -> JoinTokenText {
        try JoinTokenText(try await node.makeJoinToken(for: cluster, life: life).text)
    }

    // MARK: Connections

    func connect(_ tls: RPCClientTLS?) async throws -> RPCClientConnection {
        try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: node.workerPort), tls: tls,
            group: MultiThreadedEventLoopGroup.singleton, logger: Self.quiet)
    }

    func connect(_ credential: WorkerCredential) async throws -> RPCClientConnection {
        try await connect(
            RPCClientTLS(
                context: credential.context(), serverName: WorkerCredential.managerName))
    }

    func connectAnonymously() async throws -> RPCClientConnection {
        let context = try ClientContexts.joining(authority: authority.der)
        return try await connect(
            RPCClientTLS(context: context, serverName: WorkerCredential.managerName))
    }

    static let quiet = Logger(label: "client") { _ in SwiftLogNoOpLogHandler() }

    // MARK: Calls

    func join(
        _ token: JoinTokenText, as name: String = "w", cluster: String = "default",
        key: WorkerKey = WorkerKey()
    ) async throws -> WorkerCredential {
        let request = JoinRequest(
            token: token.id, secret: token.secret, name: name, cluster: cluster,
            certificateRequest: try key.certificateRequest())
        let connection = try await connectAnonymously()
        let answer: Result<[UInt8], any Error>
        do {
            answer = .success(
                try await connection.unary(
                    WorkerService.join, WireCodec.encode(request), timeout: .seconds(10)))
        } catch {
            answer = .failure(error)
        }
        await connection.close()
        let issued = try WireCodec.decodeIssuedCertificate(answer.get())
        return try WorkerCredential(key: key, issued: issued, authority: token.authority)
    }

    func register(
        on connection: RPCClientConnection, _ registration: Registration
    ) async throws -> Registered {
        let answer = try await connection.unary(
            WorkerService.register, WireCodec.encode(registration), timeout: .seconds(10))
        return try WireCodec.decodeRegistered(answer)
    }

    /// A worker that has joined and registered.
    func worker(_ name: String, _ token: JoinTokenText) async throws -> SecureWorker {
        let credential = try await join(token, as: name)
        let connection = try await connect(credential)
        let registered = try await register(on: connection, Self.registration(name))
        return SecureWorker(
            credential: credential, connection: connection, registered: registered)
    }

    static func registration(
        _ name: String, cluster: String = "default", instance: InstanceID? = nil,
        agent: UInt64? = nil
    ) -> Registration {
        let number = agent ?? name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }
        return Registration(
            name: name, cluster: cluster, instance: instance,
            agent: AgentID(high: 0, low: number), resources: Resources(cpu: 1_024, memory: 1_024))
    }
}

struct SecureWorker {
    let credential: WorkerCredential
    let connection: RPCClientConnection
    let registered: Registered

    func beat(_ session: SessionID? = nil) async throws {
        let beat = Heartbeat(
            session: session ?? registered.session, sequence: 1, acknowledged: 1)
        _ = try await connection.unary(
            WorkerService.heartbeat, WireCodec.encode(beat), timeout: .seconds(10))
    }

    /// Waits for the connection's end.
    func closed() async {
        await withCheckedContinuation { continuation in
            connection.onClose { _ in continuation.resume() }
        }
    }
}

/// The status that a call must end with.
func status(
    _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> RPCStatus {
    do {
        try await body()
        Issue.record("the call was answered", sourceLocation: location)
        return .ok
    } catch let error as RPCError {
        return error.status
    } catch {
        Issue.record("not a status: \(error)", sourceLocation: location)
        return .ok
    }
}
