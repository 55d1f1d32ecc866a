import Foundation

/// The ECS API, a call at a time, each on a connection of its own: an idle one would be closed.
struct APIClient {
    let port: Int

    /// In the form of one: moto looks for the service in it, and neither checks it without keys.
    static let signature =
        "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/ecs/aws4_request, "
        + "SignedHeaders=host, Signature=" + String(repeating: "0", count: 64)

    /// - Throws: what the API refuses.
    func call(_ operation: String, _ input: [String: Any]) throws -> [String: Any] {
        let body = try JSONSerialization.data(withJSONObject: input)
        let connection = try Connection(port: port)
        let head =
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
            + "X-Amz-Target: AmazonEC2ContainerServiceV20141113.\(operation)\r\n"
            + "Authorization: \(Self.signature)\r\n"
            + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        try connection.handle.write(contentsOf: Data(head.utf8) + body)
        let (status, answer) = try connection.receive()
        guard status == 200,
            let output = try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any]
        else {
            throw BenchError(
                "\(operation) was answered \(status): \(String(decoding: answer, as: UTF8.self))")
        }
        return output
    }

}

/// One connection to the API.
private final class Connection {
    let handle: FileHandle
    private var rest: [UInt8] = []

    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchError("the manager's API can't be reached") }
    }

    func receive() throws -> (status: Int, body: [UInt8]) {
        let end = Array("\r\n\r\n".utf8)
        var head = ""
        while true {
            if let place = rest.indices.first(where: { rest[$0...].starts(with: end) }) {
                head = String(decoding: rest[..<place], as: UTF8.self)
                rest.removeSubrange(..<(place + end.count))
                break
            }
            try more()
        }
        let lines = head.split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) }
        guard let status, let length else { throw BenchError("no HTTP answer:\n\(head)") }
        while rest.count < length { try more() }
        defer { rest.removeFirst(length) }
        return (status, Array(rest[..<length]))
    }

    private func more() throws {
        let bytes = handle.availableData
        guard !bytes.isEmpty else { throw BenchError("the manager's API closed the connection") }
        rest += bytes
    }
}
