import Foundation
import FoundationNetworking

/// A bare ECS client for tests that kill things while they call: one attempt a call, no retries, so
/// that what was acknowledged is known exactly.
public struct ECSClient: Sendable {
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public var status: Int
        public var type: String
        public var message: String
        public var description: String { "\(status) \(type): \(message)" }
    }

    let endpoint: URL
    private let session: URLSession

    public init(port: Int) {
        guard let url = URL(string: "http://127.0.0.1:\(port)/") else {
            preconditionFailure("no port: \(port)")
        }
        endpoint = url
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 15
        session = URLSession(configuration: configuration)
    }

    /// - Throws: ``Failure`` for an error of the API, URLError when there was no answer.
    @discardableResult
    public func call(_ operation: String, _ input: JSON = [:]) async throws -> JSON {
        var request = URLRequest(url: endpoint)
        request.httpMethod = "POST"
        request.setValue("application/x-amz-json-1.1", forHTTPHeaderField: "Content-Type")
        request.setValue(
            "AmazonEC2ContainerServiceV20141113.\(operation)", forHTTPHeaderField: "X-Amz-Target")
        request.httpBody = try input.data
        return try await send(request)
    }

    /// Calls one of Muster's own endpoints, such as `join-tokens`.
    @discardableResult
    public func muster(_ path: String, _ input: JSON = [:]) async throws -> JSON {
        var request = URLRequest(url: endpoint.appendingPathComponent("muster/v1/\(path)"))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try input.data
        return try await send(request)
    }

    /// What is at a path, such as `metrics`.
    public func text(at path: String) async throws -> String {
        let request = URLRequest(url: endpoint.appendingPathComponent(path))
        return String(decoding: try await session.data(for: request).0, as: UTF8.self)
    }

    private func send(_ request: URLRequest) async throws -> JSON {
        let (data, response) = try await session.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        let output = try JSON(parsing: data)
        guard status == 200 else {
            throw Failure(
                status: status, type: output["__type"].string, message: output["message"].string)
        }
        return output
    }
}

/// Waits for a state, asking again and again.
///
/// - Throws: ``NotInTime`` with what was seen last.
@discardableResult
public func eventually<Value: Sendable>(
    within limit: Duration, _ what: String, _ probe: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var lastError: (any Error)?
    while true {
        do {
            if let value = try await probe() { return value }
            lastError = nil
        } catch {
            lastError = error
        }
        guard clock.now < deadline else {
            throw NotInTime(what: what, limit: limit, lastError: lastError.map { "\($0)" })
        }
        // Between two looks at another process, which can't tell us.
        try await clock.sleep(for: .milliseconds(20))
    }
}

public struct NotInTime: Error, Sendable, CustomStringConvertible {
    var what: String
    var limit: Duration
    var lastError: String?
    public var description: String {
        "not within \(limit): \(what)" + (lastError.map { " (last error: \($0))" } ?? "")
    }
}
