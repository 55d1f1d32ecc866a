import Crypto
public import Model

/// What makes the paths of containers unguessable, and the port that they were told: kept in the
/// worker's data folder, so that both hold over restarts of the agent.
public struct EndpointKey: Hashable, Sendable {
    /// 32 bytes.
    var secret: [UInt8]
    public var port: Int

    init(secret: [UInt8], port: Int) {
        self.secret = secret
        self.port = port
    }

    static func new(port: Int) -> EndpointKey {
        var random = SystemRandomNumberGenerator()
        return EndpointKey(
            secret: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }, port: port)
    }

    /// The id by which a container is known here. It names its task, and nobody without the secret
    /// can make one.
    public func id(of container: String, in task: TaskID) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(task)/\(container)".utf8), using: SymmetricKey(data: secret))
        return "\(task)-" + code.prefix(16).map { Self.hexadecimal($0) }.joined()
    }

    /// The task that an id names, whether it is genuine or not.
    static func task(of id: String) -> TaskID? {
        id.firstIndex(of: "-").flatMap { TaskID(String(id[..<$0])) }
    }

    /// Whether the id is that of the container, told in the same time for any that is not.
    func isID(_ id: String, of container: String, in task: TaskID) -> Bool {
        let expected = Array(self.id(of: container, in: task).utf8)
        let given = Array(id.utf8)
        guard given.count == expected.count else { return false }
        return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    // MARK: On disk

    static let fileName = "metadata"
    private static let header = "muster metadata endpoint, version 1"

    var text: String {
        "\(Self.header)\n\(secret.map { Self.hexadecimal($0) }.joined())\n\(port)\n"
    }

    /// `nil` when the text is no such file's.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0] == Self.header, lines[3].isEmpty,
            lines[1].utf8.count == 64,
            let port = Int(lines[2]), (1...65_535).contains(port)
        else { return nil }
        var secret: [UInt8] = []
        var rest = lines[1][...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            secret.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(secret: secret, port: port)
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
    }
}
