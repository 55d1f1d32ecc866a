import ClusterState
import ECSAPI
import Foundation
import Model
import Synchronization

/// A manager that only remembers what it was told and answers what the test says.
final class FakeControlPlane: ControlPlane {
    typealias Answer = @Sendable (Command, inout State) throws(APIError) -> Outcome

    private let state: Mutex<State>
    private let commands = Mutex<[Command]>([])
    private let answer: Answer
    private let reading: UsageReading

    init(
        _ state: State = State(), usage: UsageReading = UsageReading(),
        answer: @escaping Answer = { _, _ throws(APIError) in .done }
    ) {
        self.state = Mutex(state)
        self.answer = answer
        reading = usage
    }

    func usage() -> UsageReading { reading }

    func snapshot() -> ClusterState { state.withLock { $0.clusterState } }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        commands.withLock { $0.append(command) }
        return try state.withLock { state throws(APIError) in
            let outcome = try answer(command, &state)
            return (outcome, state.clusterState)
        }
    }

    var submitted: [Command] { commands.withLock { $0 } }
}

/// A cluster state that grows by putting objects in.
struct State {
    private(set) var clusterState = ClusterState()

    mutating func put(_ changes: Change...) {
        for change in changes {
            clusterState.apply(
                ChangeRecord(
                    revision: clusterState.revision + 1, time: .noon, cause: "test", change: change)
            )
        }
    }
}

extension WallTime {
    /// 2025-01-01T12:00:00.250Z
    static let noon = WallTime(milliseconds: 1_735_732_800_250)
}

/// Calls operations of an endpoint and reads their answers.
struct API {
    var plane: FakeControlPlane
    var endpoint: ECSEndpoint

    init(_ plane: FakeControlPlane) {
        self.plane = plane
        endpoint = ECSEndpoint(account: "123456789012", controlPlane: plane)
    }

    init(_ changes: Change..., usage: UsageReading = UsageReading()) {
        var state = State()
        for change in changes { state.put(change) }
        self.init(FakeControlPlane(state, usage: usage))
    }

    /// The answer as text with its members sorted, as ``canonical(_:)`` gives it.
    func call(
        _ operation: String, _ body: String = "{}", region: String = "us-east-1"
    ) async throws(APIError) -> String {
        let bytes = try await endpoint.perform(operation, region: region, body: Array(body.utf8))
        return canonical(String(decoding: bytes, as: UTF8.self))
    }

    /// The error that an operation gives; `nil` when it gives none.
    func refusal(_ operation: String, _ body: String = "{}") async -> APIError? {
        do {
            _ = try await call(operation, body)
            return nil
        } catch {
            return error
        }
    }
}

/// JSON with sorted members and line breaks, so that a difference reads well.
func canonical(_ json: String) -> String {
    do {
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
        let data = try JSONSerialization.data(
            withJSONObject: value, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    } catch {
        return "not JSON (\(error)): \(json)"
    }
}

/// The value at a path such as `tasks.0.containers.1.exitCode`.
func value(_ json: String, at path: String) -> NSObject? {
    var value = (try? JSONSerialization.jsonObject(with: Data(json.utf8))) as? NSObject
    for step in path.split(separator: ".") {
        if let list = value as? [NSObject], let index = Int(step) {
            value = index < list.count ? list[index] : nil
        } else {
            value = (value as? [String: NSObject])?[String(step)]
        }
    }
    return value
}
