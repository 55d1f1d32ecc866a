import Crypto
import Foundation
import Identity
import Model
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import SwiftASN1
import Testing
import X509

/// A folder of a test's own, gone when the test is over.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "muster-identity-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
        return try #require(attributes[.posixPermissions] as? Int)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    /// In place, so that the mode stays.
    func write(_ text: String, to name: String) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(name)"))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    func setMode(_ mode: Int, of name: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
    }

    /// Every file with its contents.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            contents[name] = FileManager.default.contents(atPath: "\(path)/\(name)")
        }
        return contents
    }
}

/// A moment of today, so that what TLS makes of certificates by the real clock holds.
let now = WallTime.now

func subject(_ number: UInt64 = 1) -> WorkerSubject {
    WorkerSubject(
        region: "us-east-1", cluster: "default", worker: WorkerID(high: 0, low: number))
}

extension CertificateAuthority {
    func credential(
        _ subject: WorkerSubject = subject(), issuedAt: WallTime = now,
        life: Duration = .seconds(600)
    ) throws -> WorkerCredential {
        let key = WorkerKey()
        let issued = try issue(
            CertificateGrant(subject: subject, issuedAt: issuedAt, endsAt: issuedAt + life),
            for: CertificateRequest(der: key.certificateRequest()))
        return try WorkerCredential(key: key, issued: issued, authority: fingerprint)
    }
}

/// The text of the error that a body throws; empty when it throws none.
func refusal(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}

/// Both ends of a TLS connection in memory.
struct Handshake {
    private(set) var serverError: (any Error)?
    private(set) var clientError: (any Error)?
    private(set) var certificate: NIOSSLCertificate?
    private(set) var negotiated: String?
    private(set) var isComplete = false

    /// Notes what a channel's TLS handler says.
    private final class Witness: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var error: (any Error)?
        var completion: TLSUserEvent?

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            self.error = self.error ?? error
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            completion = event as? TLSUserEvent ?? completion
        }
    }

    init(
        client: NIOSSLContext, server: NIOSSLContext,
        serverName: String? = WorkerCredential.managerName
    ) throws {
        let serverChannel = EmbeddedChannel()
        let clientChannel = EmbeddedChannel()
        let serverWitness = Witness()
        let clientWitness = Witness()
        let serverPipeline = serverChannel.pipeline.syncOperations
        try serverPipeline.addHandlers(NIOSSLServerHandler(context: server), serverWitness)
        let clientPipeline = clientChannel.pipeline.syncOperations
        try clientPipeline.addHandlers(
            NIOSSLClientHandler(context: client, serverHostname: serverName), clientWitness)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        serverChannel.connect(to: address, promise: nil)
        clientChannel.connect(to: address, promise: nil)
        Self.pump(clientChannel, serverChannel)
        serverError = serverWitness.error
        clientError = clientWitness.error
        if case .handshakeCompleted(let negotiated)? = serverWitness.completion {
            self.negotiated = negotiated
            isComplete = clientWitness.completion != nil
            certificate = try serverPipeline.nioSSL_peerCertificate()
        }
        clientChannel.close(promise: nil)
        serverChannel.close(promise: nil)
        Self.pump(clientChannel, serverChannel)
    }

    /// Carries bytes both ways until neither end has more to say.
    private static func pump(_ client: EmbeddedChannel, _ server: EmbeddedChannel) {
        var isMoving = true
        while isMoving {
            isMoving = false
            for (from, to) in [(client, server), (server, client)] {
                while let bytes = try? from.readOutbound(as: ByteBuffer.self) {
                    isMoving = true
                    _ = try? to.writeInbound(bytes)
                }
            }
        }
    }
}
