import HashTreeCollections
public import Model

/// Workers that were sent to other managers.
public struct RedirectedWorkers: Codable, Hashable, Sendable {
    public var workers: [Worker]

    public struct Worker: Codable, Hashable, Sendable {
        public var instance: String
        public var name: String
    }
}

extension WorkerAccessEndpoint {
    /// Managers that workers can be given to at once.
    static let managersMaximum = 16
    /// Bytes of an address; a worker takes no longer one.
    static let addressMaximum = 300
    /// Seconds over which workers leave; a worker takes no longer.
    static let spreadMaximum = 60

    /// Carries out `{"worker", "all", "to", "seconds", "cluster", "region"}`: either `worker`, or
    /// `all` true; all others but `to` may be left out. Answers ``RedirectedWorkers``.
    public func redirectWorkers(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        let help = #"{"worker": "…", "to": ["HOST:PORT"]}, or "all": true in place of "worker""#
        let request = try OwnCoding.decode(RedirectRequest.self, from: body, help: help)
        let worker = request.worker.flatMap { $0.isEmpty ? nil : $0 }
        guard (worker != nil) != (request.all == true), let managers = request.to else {
            throw APIError(.invalidParameter, "Send \(help).")
        }
        guard (1...Self.managersMaximum).contains(managers.count) else {
            throw APIError(
                .invalidParameter, "Give 1 to \(Self.managersMaximum) managers to go to.")
        }
        for manager in managers where !Self.isAddress(manager) {
            throw APIError(
                .invalidParameter, "'\(manager.prefix(128))' is no address. Write HOST:PORT.")
        }
        let seconds = request.seconds ?? 0
        guard (0...Self.spreadMaximum).contains(seconds) else {
            throw APIError(
                .invalidParameter,
                "Workers leave within 0 to \(Self.spreadMaximum) seconds, not \(seconds).")
        }
        let command = RedirectWorkers(
            cluster: reference(request.cluster, request.region), worker: worker,
            managers: managers, within: Int64(seconds) * 1_000)
        guard
            case .instances(let instances, _) = try await controlPlane.submit(
                .redirectWorkers(command)
            ).0
        else { throw APIError(.server, "No workers came back.") }
        return try OwnCoding.encode(
            RedirectedWorkers(
                workers: instances.map { .init(instance: "\($0.id)", name: $0.name) }))
    }

    private static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= addressMaximum, let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port)
        else { return false }
        let host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        return !host.isEmpty && (isBracketed || !host.contains(":"))
            && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private struct RedirectRequest: Decodable {
        var worker: String?
        var all: Bool?
        var to: [String]?
        var seconds: Int?
        var cluster: String?
        var region: String?
    }
}
