public import NIOCore

/// One connection to a server, unique for the server's life and never used again.
public struct ConnectionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    public var description: String { "connection \(number)" }
}

/// What all calls of a connection have in common.
final class ConnectionFacts: Sendable {
    let id: ConnectionID
    let peer: String
    /// What the server made of the client's certificate.
    let identity: String?
    let defences: Defences?

    init(id: ConnectionID, peer: String, identity: String?, defences: Defences? = nil) {
        self.id = id
        self.peer = peer
        self.identity = identity
        self.defences = defences
    }
}

/// What a handler may know of the call it answers.
public struct RPCContext: Sendable {
    private let facts: ConnectionFacts
    let called: RPCMethod
    /// What the client sent beside its messages.
    public let metadata: RPCMetadata
    /// When the client stops waiting.
    public let deadline: NIODeadline?
    /// Whether the client reads `gzip`.
    public let acceptsGzip: Bool
    /// Whether the one message of the request came compressed. Where the client streams it is
    /// ``RPCRequestStream/AsyncIterator/wasCompressed`` that tells.
    public internal(set) var isRequestCompressed = false

    /// `/package.Service/Method`.
    public var method: String { called.path }
    /// The connection that the call came in on. Its end is told by the server's
    /// `onConnectionClosed`.
    public var connection: ConnectionID { facts.id }
    /// The peer's address, for logs.
    public var peer: String { facts.peer }
    /// Who the client is, as ``RPCServerTLS`` made it of its certificate; `nil` without one.
    public var identity: String? { facts.identity }

    /// The answer to a request whose message can't be decoded: `INVALID_ARGUMENT` with the reason.
    /// It is counted with what peers did wrong.
    public func undecodable(_ reason: any Error) -> RPCError {
        facts.defences?.count(.badMessage)
        return RPCError(.invalidArgument, "\(reason)")
    }

    init(
        facts: ConnectionFacts, method: RPCMethod, metadata: RPCMetadata, deadline: NIODeadline?,
        acceptsGzip: Bool
    ) {
        self.facts = facts
        called = method
        self.metadata = metadata
        self.deadline = deadline
        self.acceptsGzip = acceptsGzip
    }

    /// For tests of handlers.
    public init(
        connection: ConnectionID, method: String, peer: String, identity: String? = nil,
        metadata: RPCMetadata = .init()
    ) {
        self.init(
            facts: ConnectionFacts(id: connection, peer: peer, identity: identity),
            method: RPCMethod.unary(method, deferred: { _, _, _ in }), metadata: metadata,
            deadline: nil, acceptsGzip: false)
    }
}
