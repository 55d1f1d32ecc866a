import Foundation
import Identity
import Logging
import Model
import NIOCore
import NIOSSL
import RPC
import Wire

/// Makes the workers' identities, as workers get them: each with a key of its own and a certificate
/// that the manager signed for a token.
struct Joiner {
    /// Calls at a time.
    private static let concurrent = 64

    let port: Int
    /// The manager's certificate, which the token pins.
    let authority: [UInt8]
    let group: any EventLoopGroup
    let logger: Logger

    /// - Parameter certificate: that of the manager's authority, a file in PEM.
    init(
        port: Int, certificate: String, group: any EventLoopGroup, logger: Logger
    ) throws {
        self.port = port
        self.group = group
        self.logger = logger
        guard let root = try NIOSSLCertificate.fromPEMFile(certificate).first else {
            throw BenchError("\(certificate) holds no certificate")
        }
        authority = try root.toDERBytes()
    }

    /// One member for each name, in their order.
    func join(
        _ names: [String], to cluster: String, with token: JoinTokenText
    ) async throws -> [FleetMember] {
        let context = try ClientContexts.joining(authority: authority)
        let connection = try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: port),
            tls: RPCClientTLS(context: context, serverName: WorkerCredential.managerName),
            group: group, logger: logger)
        let members = try await withThrowingTaskGroup(of: (Int, FleetMember).self) { tasks in
            var members: [FleetMember?] = Array(repeating: nil, count: names.count)
            for (index, name) in names.enumerated() {
                if index >= Self.concurrent, let (index, member) = try await tasks.next() {
                    members[index] = member
                }
                tasks.addTask {
                    let tls = try await identity(name, cluster, token, connection)
                    return (index, FleetMember(name: name, cluster: cluster, tls: tls))
                }
            }
            for try await (index, member) in tasks { members[index] = member }
            return members.compactMap { $0 }
        }
        await connection.close()
        return members
    }

    private func identity(
        _ name: String, _ cluster: String, _ token: JoinTokenText,
        _ connection: RPCClientConnection
    ) async throws -> NIOSSLContext {
        let key = WorkerKey()
        let request = JoinRequest(
            token: token.id, secret: token.secret, name: name, cluster: cluster,
            certificateRequest: try key.certificateRequest())
        let answer = try await connection.unary(
            WorkerService.join, try WireCodec.encode(request), timeout: .seconds(60))
        return try WorkerCredential(
            key: key, issued: WireCodec.decodeIssuedCertificate(answer),
            authority: token.authority
        ).context()
    }
}
