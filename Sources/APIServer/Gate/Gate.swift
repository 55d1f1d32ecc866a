import ClusterState
import ECSAPI
import HTTPTypes
import HashTreeCollections
import Hummingbird
import Model
import NIOCore
import Signing

/// Lets requests in that are signed with a valid access key, once there ever was one. It stands
/// before every route there is, so that a new one is behind it unless ``isOpen(_:)`` names it.
struct Gate: RouterMiddleware {
    let account: String
    let limits: Limits
    let controlPlane: any ControlPlane
    let keeper: (any AccessKeyKeeper)?
    let now: @Sendable () -> SignedTime
    private let verifier = Verifier()

    init(
        account: String, limits: Limits, controlPlane: some ControlPlane,
        keeper: (any AccessKeyKeeper)?, now: @escaping @Sendable () -> SignedTime
    ) {
        self.account = account
        self.limits = limits
        self.controlPlane = controlPlane
        self.keeper = keeper
        self.now = now
    }

    func handle(
        _ request: Request, context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !Self.isOpen(request) else { return try await next(request, context) }
        // A command's body comes while it is answered; what is wanted is said on the request line.
        var body: [UInt8]?
        if !ExecStreams.isAsked(by: request) {
            switch await request.body(within: limits, on: context.channel) {
            case .whole(let bytes): body = bytes
            case .refused(let refusal): return refusal.response(RequestID.next())
            }
        }
        var context = context
        context.body = body
        // After the body: who is slow to send one must not outlive a key.
        do {
            context.mayGoOn = try admit(request, body)
        } catch {
            return GateRefusal(error).response(
                isQuery: Wish.isQuery(request), RequestID.next())
        }
        return try await next(request, context)
    }

    /// Holds no state for longer: what is newer would have to be kept beside it until the request
    /// is answered.
    ///
    /// - Parameter body: `nil` for one that is not signed.
    /// - Returns: Whether it may still go on, at any later time.
    private func admit(
        _ request: Request, _ body: [UInt8]?
    ) throws(GateFault) -> @Sendable () -> Bool {
        let state = controlPlane.snapshot()
        guard state.demandsSignatures else {
            return { !controlPlane.snapshot().demandsSignatures }
        }
        let key = try verify(request, body, state)
        if key.isReadOnly { try Wish(request, body ?? []).demandReading(key, account) }
        return { Self.key(key.id, controlPlane.snapshot()) != nil }
    }

    /// What monitoring asks of any node. Scrapers can't sign; what they get are numbers, without
    /// the name of any cluster, service, task or host.
    static func isOpen(_ request: Request) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        return ["/", "/healthz", "/metrics"].contains(request.uri.path)
    }

    private func verify(
        _ request: Request, _ body: [UInt8]?, _ state: ClusterState
    ) throws(GateFault) -> AccessKey {
        let id: String
        do throws(SignatureFault) {
            id = try verifier.verify(
                SignedRequest(request, body), for: Wish.services(of: request), at: now()
            ) { id in
                guard let key = Self.key(id, state), let keeper else { return nil }
                return Secret { keeper.secret(of: key) }
            }
        } catch {
            throw .signature(error)
        }
        guard let key = Self.key(id, state) else { throw .signature(.unknownKey) }
        return key
    }

    private static func key(_ id: String, _ state: ClusterState) -> AccessKey? {
        AccessKeyID(id).flatMap { key($0, state) }
    }

    private static func key(_ id: AccessKeyID, _ state: ClusterState) -> AccessKey? {
        state.accessKeys[id].flatMap { $0.revokedAt == nil ? $0 : nil }
    }
}

extension SignedRequest {
    /// HTTP/1.1's `Host` is the authority here.
    fileprivate init(_ request: Request, _ body: [UInt8]?) {
        var headers = request.headers.map {
            SignedRequest.Header($0.name.canonicalName, $0.value)
        }
        if let host = request.head.authority { headers.append(.init("host", host)) }
        self.init(
            method: request.method.rawValue, target: request.head.path ?? "/", headers: headers,
            body: body ?? [])
        if body == nil { bodyHash = Self.unsignedBody }
    }
}
