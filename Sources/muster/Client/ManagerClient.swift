import ECSAPI
import Foundation
import Model
import NIOHTTP1

/// A manager, as the verbs ask it.
struct ManagerClient: Sendable {
    let address: Address
    var limit: Duration = .seconds(10)
    /// What requests are signed with, if anything.
    let credentials: Credentials?

    init(_ address: Address, environment: [String: String]) {
        self.address = address
        credentials = Credentials.find(in: environment)
    }

    /// `--api`, else what the AWS CLI would use, else the default.
    init(flag: String?, environment: [String: String]) throws(Failure) {
        credentials = Credentials.find(in: environment)
        let variable = ["AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL"]
            .first { environment[$0]?.isEmpty == false }
        do {
            if let flag {
                address = try Self.address(of: flag)
            } else if let variable, let value = environment[variable] {
                address = try Self.address(of: value)
            } else {
                address = Address(host: "127.0.0.1", port: 4_566)
            }
        } catch {
            throw Failure(.usage, "\(flag == nil ? variable ?? "" : "--api"): \(error.text)")
        }
    }

    /// `http://HOST:PORT` or `HOST:PORT`.
    static func address(of endpoint: String) throws(Complaint) -> Address {
        if endpoint.hasPrefix("https://") {
            throw Complaint(
                "'\(endpoint)' asks for TLS, which Muster does not have yet. Use http://.")
        }
        var text = endpoint[...]
        if text.hasPrefix("http://") { text = text.dropFirst(7) }
        while text.hasSuffix("/") { text = text.dropLast() }
        return try Address(String(text))
    }

    func status() async throws(Failure) -> StatusReport {
        let answer = try await send(HTTPRequest(method: .GET, path: "/muster/v1/status"))
        if answer.status == 400 { throw failure(of: answer) }
        guard answer.status == 200,
            let report = try? JSONDecoder().decode(StatusReport.self, from: Data(answer.body))
        else {
            throw Failure(
                .unavailable,
                "What answers on http://\(address) (status \(answer.status)) is no Muster manager."
            )
        }
        return report
    }

    /// Makes a cluster; one that is there stays as it is.
    ///
    /// - Parameter region: The manager's own, unless the request is signed.
    func createCluster(_ name: String, region: String) async throws(Failure) {
        _ = try await ecs("CreateCluster", ["clusterName": name], region: region)
    }

    /// As UpdateContainerInstancesState.
    func setInstance(
        _ id: String, to status: UpdatedInstanceState, cluster: String, region: String
    ) async throws(Failure) {
        struct Request: Encodable {
            var cluster: String
            var containerInstances: [String]
            var status: String
        }
        _ = try await ecs(
            "UpdateContainerInstancesState",
            Request(cluster: cluster, containerInstances: [id], status: status.rawValue),
            region: region)
    }

    /// Asks for an operation of ECS's.
    ///
    /// - Returns: The answer's JSON.
    func ecs(
        _ operation: String, _ request: some Encodable, region: String = "us-east-1"
    ) async throws(Failure) -> Data {
        try await ecs(
            operation, json: (try? JSONEncoder().encode(request)) ?? Data(), region: region)
    }

    func ecs(
        _ operation: String, json: Data, region: String = "us-east-1"
    ) async throws(Failure) -> Data {
        let headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.\(operation)"),
        ]
        let answer = try await send(
            HTTPRequest(method: .POST, path: "/", headers: headers, body: Array(json)),
            region: region, service: "ecs")
        guard answer.status == 200 else { throw failure(of: answer) }
        return Data(answer.body)
    }

    func resolveMassSilence(
        _ decision: MassSilenceDecision, cluster: String, region: String?
    ) async throws(Failure) {
        var request = ["cluster": cluster, "decision": decision.rawValue]
        request["region"] = region
        try await post(
            "/muster/v1/mass-silence", request, [("Content-Type", "application/json")])
    }

    // MARK: Who may be a worker

    func createJoinToken(
        cluster: String, region: String?, life: Duration
    ) async throws(Failure) -> NewJoinToken {
        struct Request: Encodable {
            var cluster: String
            var region: String?
            var seconds: Int64
        }
        let seconds = (life.milliseconds + 999) / 1_000
        return try await ask(
            "/muster/v1/join-tokens", Request(cluster: cluster, region: region, seconds: seconds))
    }

    func joinTokens() async throws(Failure) -> JoinTokenReport {
        try await look("/muster/v1/join-tokens")
    }

    func revokeJoinToken(_ id: String) async throws(Failure) {
        try await post(
            "/muster/v1/join-tokens/revoke", ["id": id], [("Content-Type", "application/json")])
    }

    func revokeWorker(
        _ worker: String, cluster: String, region: String?
    ) async throws(Failure) -> RevokedWorkers {
        var request = ["worker": worker, "cluster": cluster]
        request["region"] = region
        return try await ask("/muster/v1/workers/revoke", request)
    }

    func redirectWorkers(
        _ worker: String?, to managers: [Address], within: Duration, cluster: String,
        region: String?
    ) async throws(Failure) -> RedirectedWorkers {
        struct Request: Encodable {
            var worker: String?
            var all: Bool
            var to: [String]
            var seconds: Int64
            var cluster: String
            var region: String?
        }
        return try await ask(
            "/muster/v1/workers/redirect",
            Request(
                worker: worker, all: worker == nil, to: managers.map { "\($0)" },
                seconds: (within.milliseconds + 999) / 1_000, cluster: cluster, region: region))
    }

    /// Asks one of the manager's own operations: `/muster/v1/…`.
    func ask<Answer: Decodable>(
        _ path: String, _ request: some Encodable
    ) async throws(Failure) -> Answer {
        let answer = try await send(path, request, [("Content-Type", "application/json")])
        guard answer.status == 200 else { throw failure(of: answer) }
        return try read(answer)
    }

    /// Asks one that takes no argument.
    func look<Answer: Decodable>(_ path: String) async throws(Failure) -> Answer {
        let answer = try await send(HTTPRequest(method: .GET, path: path))
        guard answer.status == 200 else { throw failure(of: answer) }
        return try read(answer)
    }

    func ask<Answer: Decodable>(_ path: String, json: Data) async throws(Failure) -> Answer {
        let answer = try await send(
            HTTPRequest(
                method: .POST, path: path, headers: [("Content-Type", "application/json")],
                body: Array(json)))
        guard answer.status == 200 else { throw failure(of: answer) }
        return try read(answer)
    }

    private func read<Answer: Decodable>(
        _ answer: HTTPRequest.Answer
    ) throws(Failure) -> Answer {
        guard let value = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)) else {
            throw Failure(
                .unavailable, "What answers on http://\(address) is no Muster manager.")
        }
        return value
    }

    private func send(
        _ path: String, _ request: some Encodable, _ headers: [(String, String)]
    ) async throws(Failure) -> HTTPRequest.Answer {
        let body = (try? JSONEncoder().encode(request)) ?? Data()
        return try await send(
            HTTPRequest(method: .POST, path: path, headers: headers, body: Array(body)))
    }

    /// Sends a request, signed if there is something to sign it with.
    private func send(
        _ request: HTTPRequest, region: String = "us-east-1", service: String = "muster"
    ) async throws(Failure) -> HTTPRequest.Answer {
        try await signed(request, region: region, service: service)
            .send(to: address, within: limit)
    }

    func signed(
        _ request: HTTPRequest, region: String = "us-east-1", service: String = "muster"
    ) throws(Failure) -> HTTPRequest {
        guard let credentials else { return request }
        return try request.signed(
            with: credentials, for: address, region: region, service: service)
    }

    private func post(
        _ path: String, _ members: [String: String], _ headers: [(String, String)]
    ) async throws(Failure) {
        let answer = try await send(path, members, headers)
        if answer.status != 200 { throw failure(of: answer) }
    }
}
