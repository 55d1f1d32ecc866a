import Identity
import Logging
import ManagerCore
import Model
import NIOPosix
import RPC
import Wire

/// Who calls, and whether it may: by the connection, never by the message.
extension ManagerNode {
    /// Who is at the other end of a call's connection. A stranger is refused: it may join first.
    func peer(of context: RPCContext) throws(WorkerRefusal) -> Peer {
        guard identity != nil else { return .unproven }
        guard let subject = context.identity.flatMap({ ManagerCredentials.subject(of: $0) }) else {
            tell("call without a certificate refused", Self.unauthenticated, context)
            throw Self.unauthenticated
        }
        return .worker(subject)
    }

    /// The cheap form of ``peer(of:)`` for calls that are bound to a session anyway.
    func checkCertificate(_ context: RPCContext) throws(WorkerRefusal) {
        if identity != nil, context.identity == nil { _ = try peer(of: context) }
    }

    /// Throws unless the call's connection registered the session that it names.
    func check(_ hold: SessionTable.Book.Hold, _ context: RPCContext) throws(WorkerRefusal) {
        switch hold {
        case .held: return
        case .none:
            throw WorkerRefusal(
                .staleSession, "this session is not the worker's current one; register again")
        case .elsewhere:
            let refusal = WorkerRefusal(
                .permissionDenied,
                "this session was registered on another connection, which is open")
            tell("call in another's session refused", refusal, context)
            throw refusal
        }
    }

    func decoded<Value>(
        _ context: RPCContext, _ decode: () throws(WireError) -> Value
    ) throws(WorkerRefusal) -> Value {
        do {
            return try decode()
        } catch {
            throw WorkerRefusal(.invalidArgument, context.undecodable(error).message)
        }
    }

    /// Tells a person of a refusal, once a connection and not of too many: strangers must not fill
    /// the logs.
    func tell(
        _ message: String, _ refusal: WorkerRefusal, _ context: RPCContext,
        _ facts: Logger.Metadata = [:]
    ) {
        guard sessions.accuse(context.connection) else { return }
        var facts = facts
        facts["peer"] = "\(context.peer)"
        facts["method"] = "\(context.method)"
        if let identity = context.identity { facts["identity"] = "\(identity)" }
        facts["why"] = "\(refusal.message)"
        strangers.log(.warning, "\(message)", on: networkGroup.next(), facts)
    }

    private static let unauthenticated = WorkerRefusal(
        .unauthenticated,
        "this call needs the certificate that a worker gets when it joins: call Join with a token "
            + "first, then connect with the certificate")
}
