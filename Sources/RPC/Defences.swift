import HTTP2
import Metrics

/// What was done to a connection or a call because a peer broke a rule or hit a bound, counted as
/// `muster_rpc_defences_total{kind}`.
struct Defences: Sendable {
    enum Kind: String, CaseIterable {
        /// One connection more than the server holds.
        case connectionBound = "connection_bound"
        /// No HTTP/2 in time.
        case handshakeTimeout = "handshake_timeout"
        /// A peer that is no longer there.
        case silence
        /// TLS that did not come to be, or an identity that was refused.
        case tls
        /// A stream beyond those that a connection may have open.
        case streamBound = "stream_bound"
        /// A stream that broke a rule of HTTP/2, malformed headers among them.
        case streamViolation = "stream_violation"
        /// A request that is no gRPC call, or one of a method that is not there.
        case badRequest = "bad_request"
        /// A message larger than the bound, by its prefix or after decompression.
        case messageSize = "message_size"
        /// Incomplete requests of a connection beyond their bound.
        case incompleteRequests = "incomplete_requests"
        /// A request that is no message, or one that can't be decoded.
        case badMessage = "bad_message"
        /// A stream whose client reads too slowly.
        case slowReader = "slow_reader"
    }

    private let own: [Kind: Counter]
    private let failures: [HTTP2Events.Failure.Kind: Counter]

    init() {
        own = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { ($0, Self.counter($0.rawValue)) })
        failures = Dictionary(
            uniqueKeysWithValues: HTTP2Events.Failure.Kind.allCases.map {
                ($0, Self.counter($0.rawValue))
            })
    }

    func count(_ kind: Kind) {
        own[kind]?.increment()
    }

    func count(_ failure: HTTP2Events.Failure) {
        failures[failure.kind]?.increment()
    }

    private static func counter(_ kind: String) -> Counter {
        Counter(label: "muster_rpc_defences_total", dimensions: [("kind", kind)])
    }
}
