/// How a call ended, in gRPC's words.
public struct RPCStatus: Hashable, Sendable {
    /// The canonical codes of gRPC, with their numbers on the wire.
    public enum Code: Int, Hashable, Sendable, CaseIterable {
        case ok = 0
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        /// `INTERNAL`
        case internalError = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16
    }

    public var code: Code
    /// What happened and what to do, for a person. At most ``messageMaximum`` bytes travel.
    public var message: String
    /// A `google.rpc.Status` with more about it (`grpc-status-details-bin`); empty for none.
    public var details: [UInt8]

    /// Bytes of a message that are sent; the rest is cut off.
    public static let messageMaximum = 1_024

    public init(_ code: Code, _ message: String = "", details: [UInt8] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    public static let ok = RPCStatus(.ok)
}

/// A call that did not end with `OK`.
public struct RPCError: Error, Hashable, Sendable, CustomStringConvertible {
    public var status: RPCStatus
    /// What the trailers carry besides.
    public var metadata: RPCMetadata

    public var code: RPCStatus.Code { status.code }
    public var message: String { status.message }

    public init(_ code: RPCStatus.Code, _ message: String) {
        self.init(RPCStatus(code, message))
    }

    public init(_ status: RPCStatus, metadata: RPCMetadata = .init()) {
        self.status = status
        self.metadata = metadata
    }

    public var description: String { "\(status.code): \(status.message)" }
}
