import Identity
import Model
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// A look at a manager's certificates before it is trusted: a TLS connection that carries nothing.
enum ManagerProbe {
    /// The certificate of the authority that a token pins, as the manager shows it, in DER.
    static func authority(
        pinnedBy token: JoinTokenText, at address: ManagerAddress, on loop: any EventLoop,
        within limit: Duration
    ) async throws(WorkerRefusal) -> [UInt8] {
        let found = Found()
        do {
            let context = try ClientContexts.probing()
            let limit = TimeAmount.milliseconds(limit.milliseconds)
            let ended = loop.makePromise(of: Void.self)
            let timer = loop.scheduleTask(in: limit) { ended.fail(Silence()) }
            defer { timer.cancel() }
            let channel = try await ClientBootstrap(group: loop).connectTimeout(limit)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let tls = try NIOSSLClientHandler(
                            context: context, serverHostname: WorkerCredential.managerName,
                            customVerificationCallback: { chain, verdict in
                                found.look(for: token, in: chain)
                                // The other side hears that it was not accepted.
                                verdict.succeed(
                                    found.authority == nil ? .failed : .certificateVerified)
                            })
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandlers(tls, Witness(ended))
                    }
                }
                .connect(host: address.host, port: address.port).get()
            do {
                try await ended.futureResult.get()
            } catch {
                channel.close(promise: nil)
                throw error
            }
            channel.close(promise: nil)
        } catch {
            throw refusal(error, found, address)
        }
        guard let authority = found.authority else { throw refusal(Silence(), found, address) }
        return authority
    }

    private static func refusal(
        _ error: any Error, _ found: Found, _ address: ManagerAddress
    ) -> WorkerRefusal {
        if found.hasLooked, found.authority == nil {
            return WorkerRefusal(
                .unauthenticated,
                "\(address) is not the manager that the join token is of: it has another "
                    + "certificate authority. Give the address of the token's manager, or a token "
                    + "of this one")
        }
        let text = "\(error)"
        let isPlain = ["WRONG_VERSION_NUMBER", "HTTP_REQUEST"].contains { text.contains($0) }
        if isPlain {
            return WorkerRefusal(
                .unavailable,
                "\(address) does not speak TLS. If the manager was started with --no-tls, start "
                    + "the worker with it too")
        }
        if error is Silence {
            return WorkerRefusal(.unavailable, "\(address) does not answer")
        }
        return WorkerRefusal(.unavailable, "can't connect to \(address): \(text)")
    }

    private struct Silence: Error {}

    /// What the manager showed.
    private final class Found: Sendable {
        private let state = Mutex<(hasLooked: Bool, authority: [UInt8]?)>((false, nil))

        var hasLooked: Bool { state.withLock { $0.hasLooked } }
        var authority: [UInt8]? { state.withLock { $0.authority } }

        func look(for token: JoinTokenText, in chain: [NIOSSLCertificate]) {
            let authority = ClientContexts.authority(pinned: token.authority, in: chain)
            state.withLock { $0 = (true, authority) }
        }
    }

    /// Says when TLS stands, or that it does not.
    private final class Witness: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let ended: EventLoopPromise<Void>

        init(_ ended: EventLoopPromise<Void>) {
            self.ended = ended
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSUserEvent { ended.succeed() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            ended.fail(error)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            ended.fail(Silence())
        }
    }
}
