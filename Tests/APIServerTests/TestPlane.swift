import APIServer
import ClusterState
import ECSAPI
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Model
import NIOCore
import Synchronization
import Telemetry

/// A manager with one cluster `default`, whose writes wait until the test lets them go.
final class TestPlane: ControlPlane {
    private let inner: Mutex<Inner>
    private let reading: UsageReading

    private struct Inner {
        var state: ClusterState
        var open: Bool = true
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    init(
        _ changes: [Change] = [.cluster(TestPlane.cluster)], usage: UsageReading = UsageReading()
    ) {
        reading = usage
        var state = ClusterState()
        for change in changes { Self.put(change, into: &state) }
        inner = Mutex(Inner(state: state))
    }

    static let noon = WallTime(milliseconds: 1_735_732_800_250)
    static let cluster = Cluster(
        id: ClusterID(high: 1, low: 1), region: "us-east-1", name: "default", createdAt: noon)

    private static func put(_ change: Change, into state: inout ClusterState) {
        state.apply(
            ChangeRecord(
                revision: state.revision + 1, time: TestPlane.noon, cause: "test", change: change))
    }

    func put(_ change: Change) {
        inner.withLock { Self.put(change, into: &$0.state) }
    }

    func usage() -> UsageReading { reading }

    func snapshot() -> ClusterState { inner.withLock { $0.state } }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        await withCheckedContinuation { continuation in
            let go = inner.withLock { inner in
                if !inner.open { inner.waiting.append(continuation) }
                return inner.open
            }
            if go { continuation.resume() }
        }
        return (.cluster(Self.cluster), snapshot())
    }

    /// Writes wait from now on.
    func hold() { inner.withLock { $0.open = false } }

    var waiting: Int { inner.withLock { $0.waiting.count } }

    func release() {
        let waiting = inner.withLock { inner in
            inner.open = true
            defer { inner.waiting = [] }
            return inner.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func server(
    _ plane: TestPlane = TestPlane(), limits: Limits = Limits(),
    metrics: PrometheusMetrics = PrometheusMetrics(), isStrict: Bool = false
) -> some ApplicationProtocol {
    APIServer(
        configuration: APIServer.Configuration(
            port: 0, account: "123456789012", defaultRegion: "us-east-1", limits: limits,
            isStrict: isStrict),
        controlPlane: plane, metrics: metrics, logger: quiet
    ).application()
}

/// The headers of a call of an operation, signed for a region when one is given.
func headers(_ operation: String, region: String? = nil) -> HTTPFields {
    var fields: HTTPFields = [.contentType: "application/x-amz-json-1.1"]
    fields[named: "X-Amz-Target"] = "AmazonEC2ContainerServiceV20141113.\(operation)"
    if let region {
        fields[.authorization] =
            "AWS4-HMAC-SHA256 Credential=AKID/20250101/\(region)/ecs/aws4_request, "
            + "SignedHeaders=host, Signature=00"
    }
    return fields
}

extension TestResponse {
    var text: String { String(buffer: body) }
    var members: [String: NSObject] {
        (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))
            as? [String: NSObject]) ?? [:]
    }
    var errorType: String? { headers[named: "x-amzn-errortype"] }
}

extension HTTPFields {
    /// A field that HTTPTypes has no name for.
    subscript(named name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set {
            guard let name = HTTPField.Name(name) else { return }
            self[name] = newValue
        }
    }
}
