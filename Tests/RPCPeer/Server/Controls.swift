import RPC
import RPCServices
import Synchronization
import Wire

/// What tests ask of the test service beyond gRPC's own document, by metadata of `UnaryCall`.
///
/// - `muster-test-delay-ms`: the call takes so long.
/// - `muster-test-details-bin`: `grpc-status-details-bin` of the status that is asked for.
/// - `muster-test-control`: `drain` lets the server stop as SIGTERM does, `serving` and
///   `not-serving` set the health of the test service, and with `open` the trailing metadata
///   `muster-test-open` says how many streams and delayed calls there are.
final class Controls: Sendable {
    private let health: Health
    private let drain: @Sendable () -> Void
    private let open = Mutex(0)

    init(health: Health, drain: @escaping @Sendable () -> Void) {
        self.health = health
        self.drain = drain
    }

    /// Does what is asked for, and puts what there is to say into the answer's metadata.
    func obey(_ metadata: RPCMetadata, _ answer: inout RPCMetadata) {
        switch metadata["muster-test-control"] {
        case "drain": drain()
        case "serving": health.set(.serving, of: TestService.name)
        case "not-serving": health.set(.notServing, of: TestService.name)
        case "open": answer.add("muster-test-open", "\(open.withLock { $0 })")
        default: break
        }
    }

    func began() {
        open.withLock { $0 += 1 }
    }

    func ended() {
        open.withLock { $0 -= 1 }
    }
}

/// What a client wants back, as gRPC's document says, and of ``Controls``.
struct Echo {
    var initial = RPCMetadata()
    var trailing = RPCMetadata()
    var delay = Duration.zero
    var details: [UInt8] = []

    init(_ metadata: RPCMetadata) {
        let initialName = "x-grpc-test-echo-initial"
        let trailingName = "x-grpc-test-echo-trailing-bin"
        if let text = metadata[initialName] { initial.add(initialName, text) }
        if let bytes = metadata.binary(trailingName) {
            trailing.add(trailingName, binary: bytes)
        }
        if let text = metadata["muster-test-delay-ms"], let milliseconds = Int(text) {
            delay = .milliseconds(milliseconds)
        }
        details = metadata.binary("muster-test-details-bin") ?? []
    }
}
