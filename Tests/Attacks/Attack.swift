import HTTP2
import RPC
import Testing

/// What came back to an attacker.
enum Answer: Hashable, Sendable, CustomStringConvertible {
    /// The connection was ended with a reason.
    case goAway(HTTP2ErrorCode)
    /// The stream was cut off with a reason.
    case reset(HTTP2ErrorCode)
    /// The call was answered with a gRPC status.
    case status(RPCStatus.Code)
    case http(Int)
    /// The connection was closed without a word of HTTP/2.
    case closed
    /// Nothing: the server waits, within its bounds.
    case held

    var description: String {
        switch self {
        case .goAway(let code): "GOAWAY \(code)"
        case .reset(let code): "RST_STREAM \(code)"
        case .status(let code): "status \(code)"
        case .http(let status): "HTTP \(status)"
        case .closed: "closed"
        case .held: "held"
        }
    }
}

/// One thing that a hostile peer does to a server.
struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    let expected: Answer
    /// The label `kind` of the counter that must rise; `nil` where nothing is refused, only borne.
    let kind: String?
    /// Resident memory of the server may grow by so much while it lasts, in MiB.
    var growthMaximum = 24
    let run: @Sendable (Ports) async throws -> Answer

    var testDescription: String { name }

    static let all: [Attack] =
        notHTTP2 + tls + headerLists + floods + streams + flow + connections + requests + bodies
        + messages
}

/// Where the server listens.
struct Ports: Sendable {
    var plain: Int
    var secure: Int
}
