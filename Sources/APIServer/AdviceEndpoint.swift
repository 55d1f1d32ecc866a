import Advice
import ClusterState
import ECSAPI
import Foundation
import HashTreeCollections
import ManagerCore
import Model
import Synchronization

/// Behind `muster explain` and `muster plan`: both only read, the newest snapshot or the past.
struct AdviceEndpoint: Sendable {
    let account: String
    let defaultRegion: String
    let settings: ManagerSettings
    let controlPlane: any ControlPlane
    /// The states of before, where they are kept.
    let states: PastEndpoint
    let past: (any Past)?

    /// Calls that one plan may be made of.
    static let callsMaximum = 20

    // MARK: Explain

    private struct Question: Decodable {
        var name: String?
        var cluster: String?
        var region: String?
        var asOf: Int64?
    }

    /// Answers `{"name", "cluster", "region", "asOf"}` with an ``Explanation``.
    func explain(_ body: [UInt8], at now: WallTime) throws(APIError) -> [UInt8] {
        let help = #"{"name": "a service's name or a task's id", "cluster": "…"}"#
        guard let question = try? JSONDecoder().decode(Question.self, from: Data(body)) else {
            throw APIError(.serialization, "Send \(help).")
        }
        guard let name = question.name, !name.isEmpty else {
            throw APIError(.invalidParameter, "Send \(help).")
        }
        let explainer = Explainer(settings: settings)
        let time = question.asOf.map { WallTime(milliseconds: $0) }
        let state = try states.state(asOf: time, now: now)
        let subject = try explainer.find(
            name, in: reference(question.cluster, question.region), of: state)
        var birth: ClusterState?
        if case .task(let id) = subject, let task = state.tasks[id] {
            birth = past?.state(before: task)
        }
        var explanation = try explainer.explain(
            subject, of: state, at: time ?? now, placedIn: birth)
        // How workers are is known of now alone, and says nothing of a task that is over.
        if time == nil, case .task(let id) = subject, let task = state.tasks[id],
            task.lastStatus != .stopped, let instance = state.instances[task.instance]
        {
            explanation.task?.workerFault = controlPlane.usage().health(of: instance)?.faults
        }
        return try Self.encode(explanation)
    }

    private func reference(_ cluster: String?, _ region: String?) -> ClusterReference {
        ClusterReference(region: region ?? defaultRegion, name: cluster ?? "default")
    }

    private static func encode(_ value: some Encodable) throws(APIError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw APIError(.server, "The answer could not be written as JSON: \(error)")
        }
    }

    // MARK: Plan

    /// Tries the calls of `{"calls": [{"operation", "input"}], "cluster", "region", "startSeconds",
    /// "stopSeconds"}` and answers a ``Forecast``. A call's input is what the ECS API takes; it is
    /// checked as a real one is.
    func plan(
        _ body: [UInt8], at time: WallTime, _ inquiries: Inquiries
    ) async throws(APIError) -> [UInt8] {
        let request = try Request(body)
        let reference = reference(request.cluster, request.region)
        let state = controlPlane.snapshot()
        let settings = settings
        let desk = RehearsalDesk(
            try await inquiries.run { () throws(APIError) in
                try Rehearsal(
                    of: state, in: reference, settings: settings, pace: request.pace, at: time)
            }, inquiries)
        let ecs = ECSEndpoint(account: account, controlPlane: desk)
        for call in request.calls {
            _ = try await ecs.perform(
                call.operation, region: reference.region,
                body: try call.input(in: reference.name))
        }
        let forecast = try await inquiries.run { () throws(APIError) in desk.run() }
        return try Self.encode(forecast)
    }

    private struct Request: Sendable {
        var calls: [Call] = []
        var cluster: String?
        var region: String?
        var pace = Rehearsal.Pace()

        struct Call: Sendable {
            var operation: String
            var json: Data

            /// The input, of the plan's cluster unless it names one.
            func input(in cluster: String) throws(APIError) -> [UInt8] {
                guard
                    var members = (try? JSONSerialization.jsonObject(with: json))
                        as? [String: Any]
                else { throw APIError(.serialization, "The input of \(operation) is no object.") }
                if members["cluster"] == nil { members["cluster"] = cluster }
                guard let data = try? JSONSerialization.data(withJSONObject: members) else {
                    throw APIError(.serialization, "The input of \(operation) is no object.")
                }
                return [UInt8](data)
            }
        }

        init(_ body: [UInt8]) throws(APIError) {
            let help =
                #"{"calls": [{"operation": "UpdateService", "input": {…}}], "startSeconds": 5}"#
            guard
                let members = (try? JSONSerialization.jsonObject(with: Data(body)))
                    as? [String: Any], let list = members["calls"] as? [[String: Any]]
            else { throw APIError(.serialization, "Send \(help).") }
            guard (1...AdviceEndpoint.callsMaximum).contains(list.count) else {
                throw APIError(
                    .invalidParameter,
                    "A plan is made of 1 to \(AdviceEndpoint.callsMaximum) calls; there are "
                        + "\(list.count).")
            }
            for item in list {
                guard let operation = item["operation"] as? String,
                    let input = item["input"] as? [String: Any],
                    let json = try? JSONSerialization.data(withJSONObject: input)
                else { throw APIError(.serialization, "Send \(help).") }
                calls.append(Call(operation: operation, json: json))
            }
            cluster = members["cluster"] as? String
            region = members["region"] as? String
            pace.start = try Self.duration("startSeconds", of: members) ?? pace.start
            pace.stop = try Self.duration("stopSeconds", of: members) ?? pace.stop
        }

        private static func duration(
            _ name: String, of members: [String: Any]
        ) throws(APIError) -> Duration? {
            guard let value = members[name] else { return nil }
            let most = Double(Rehearsal.Pace.maximum.milliseconds) / 1_000
            guard let seconds = value as? Double, (0...most).contains(seconds) else {
                throw APIError(
                    .invalidParameter, "\(name) must be a number from 0 to \(Int(most)).")
            }
            return .milliseconds(Int64(seconds * 1_000))
        }
    }
}

/// Takes the commands of a plan as a manager does, and tries them.
private final class RehearsalDesk: ControlPlane {
    private let rehearsal: Mutex<Rehearsal>
    private let inquiries: Inquiries

    init(_ rehearsal: Rehearsal, _ inquiries: Inquiries) {
        self.rehearsal = Mutex(rehearsal)
        self.inquiries = inquiries
    }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        try await inquiries.run { [self] () throws(APIError) in
            let (result, state) = rehearsal.withLock { rehearsal in
                (Self.outcome(of: command, &rehearsal), rehearsal.state)
            }
            return (try result.get(), state)
        }
    }

    private static func outcome(
        of command: Command, _ rehearsal: inout Rehearsal
    ) -> Result<Outcome, APIError> {
        do throws(APIError) {
            return .success(try rehearsal.carryOut(command))
        } catch {
            return .failure(error)
        }
    }

    func snapshot() -> ClusterState { rehearsal.withLock { $0.state } }

    func run() -> Forecast { rehearsal.withLock { $0.run() } }
}
