import Advice
import Foundation
import Model

/// One call of the ECS API as a plan has it: its input is a JSON object.
struct PlannedCall: Sendable {
    var operation: String
    var input: Data

    init(_ operation: String, _ members: [String: Any]) throws(Failure) {
        guard let input = try? JSONSerialization.data(withJSONObject: members) else {
            throw Failure(.software, "The input of \(operation) can't be written as JSON.")
        }
        self.operation = operation
        self.input = input
    }
}

/// Why things are as they are, and what a change would do.
extension ManagerClient {
    func explain(
        _ name: String, cluster: String, region: String?, asOf time: WallTime?
    ) async throws(Failure) -> Explanation {
        struct Request: Encodable {
            var name: String
            var cluster: String
            var region: String?
            var asOf: Int64?
        }
        var patient = self
        // Much may have to be read.
        patient.limit = .seconds(120)
        return try await patient.ask(
            "/muster/v1/explain",
            Request(name: name, cluster: cluster, region: region, asOf: time?.milliseconds))
    }

    func plan(
        _ calls: [PlannedCall], cluster: String, region: String?, start: Double, stop: Double
    ) async throws(Failure) -> Forecast {
        var members: [String: Any] = [
            "cluster": cluster, "startSeconds": start, "stopSeconds": stop,
            "calls": calls.map { call -> [String: Any] in
                let input = try? JSONSerialization.jsonObject(with: call.input)
                return ["operation": call.operation, "input": input ?? [String: String]()]
            },
        ]
        if let region { members["region"] = region }
        guard let body = try? JSONSerialization.data(withJSONObject: members) else {
            throw Failure(.software, "The plan can't be written as JSON.")
        }
        var patient = self
        patient.limit = .seconds(120)
        return try await patient.ask("/muster/v1/plan", json: body)
    }
}
