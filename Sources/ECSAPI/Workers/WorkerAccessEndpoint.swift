import ClusterState
import HashTreeCollections
public import Model

/// What makes join tokens: whoever holds the authority that they pin.
public protocol JoinTokenMaker: Sendable {
    /// - Returns: What is kept of the token, and the text for a worker, which is nowhere else.
    func makeJoinToken(
        for cluster: ClusterReference, life: Duration
    ) async throws(APIError) -> (token: JoinToken, text: String)
}

/// Muster's own endpoints for who may be a worker: join tokens, and the end of a worker's right.
public struct WorkerAccessEndpoint: Sendable {
    private let defaultRegion: String
    let controlPlane: any ControlPlane
    private let maker: (any JoinTokenMaker)?

    /// How long a token is good for unless said otherwise.
    public static let tokenLife = Duration.seconds(86_400)

    /// - Parameter maker: `nil` where no tokens can be made.
    public init(
        defaultRegion: String, controlPlane: some ControlPlane, maker: (any JoinTokenMaker)?
    ) {
        self.defaultRegion = defaultRegion
        self.controlPlane = controlPlane
        self.maker = maker
    }

    /// Carries out `{"cluster", "region", "seconds"}`; all may be left out. Answers a
    /// ``NewJoinToken``.
    public func createToken(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        let request = try OwnCoding.decode(
            TokenRequest.self, from: body, help: #"{"cluster": "…", "seconds": 3600}"#)
        guard let maker else {
            throw APIError(.unsupportedFeature, "No join tokens can be made here.")
        }
        let life = request.seconds.map { Duration.seconds($0) } ?? Self.tokenLife
        let made = try await maker.makeJoinToken(
            for: reference(request.cluster, request.region), life: life)
        return try OwnCoding.encode(
            NewJoinToken(
                id: "\(made.token.id)", token: made.text, endsAt: made.token.endsAt.milliseconds))
    }

    /// A ``JoinTokenReport``.
    public func tokens(at now: WallTime) throws(APIError) -> [UInt8] {
        let state = controlPlane.snapshot()
        return try OwnCoding.encode(
            JoinTokenReport(
                tokens: state.joinTokensInOrder().map { token in
                    let cluster = state.clusters[token.cluster]
                    return JoinTokenReport.Token(
                        id: "\(token.id)", region: cluster?.region ?? "",
                        cluster: cluster?.name ?? "", createdAt: token.createdAt.milliseconds,
                        endsAt: token.endsAt.milliseconds,
                        state: token.standing(at: now).rawValue)
                }))
    }

    /// Carries out `{"id"}`.
    public func revokeToken(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        let help = #"{"id": "…"} with the id that 'muster token list' shows"#
        let request = try OwnCoding.decode(TokenReference.self, from: body, help: help)
        guard let id = request.id.flatMap({ JoinTokenID($0) }) else {
            throw APIError(.invalidParameter, "Send \(help).")
        }
        _ = try await controlPlane.submit(.revokeJoinToken(id))
        return Array("{}".utf8)
    }

    /// Carries out `{"worker", "cluster", "region"}`; cluster and region may be left out. Answers
    /// ``RevokedWorkers``.
    public func revokeWorker(
        _ body: [UInt8], at now: WallTime
    ) async throws(APIError) -> [UInt8] {
        let help = #"{"worker": "…", "cluster": "…"}"#
        let request = try OwnCoding.decode(WorkerReference.self, from: body, help: help)
        guard let worker = request.worker, !worker.isEmpty else {
            throw APIError(.invalidParameter, "Send \(help).")
        }
        let command = Command.revokeWorker(
            reference(request.cluster, request.region), worker: worker)
        let (outcome, state) = try await controlPlane.submit(command)
        guard case .workers(let workers) = outcome else {
            throw APIError(.server, "No worker came back.")
        }
        return try OwnCoding.encode(
            RevokedWorkers(
                workers: workers.map { worker in
                    let token = state.joinTokens[worker.token]
                        .flatMap { $0.standing(at: now) == .valid ? "\($0.id)" : nil }
                    return RevokedWorkers.Worker(
                        id: "\(worker.id)", name: worker.name, validToken: token)
                }))
    }

    func reference(_ cluster: String?, _ region: String?) -> ClusterReference {
        ClusterReference(region: region ?? defaultRegion, name: cluster ?? "default")
    }

    private struct TokenRequest: Decodable {
        var cluster: String?
        var region: String?
        var seconds: Int?
    }

    private struct TokenReference: Decodable {
        var id: String?
    }

    private struct WorkerReference: Decodable {
        var worker: String?
        var cluster: String?
        var region: String?
    }
}
