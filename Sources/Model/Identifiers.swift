/// A 128-bit identifier of one kind of object, written as 32 lower-case hexadecimal digits, the
/// form of ECS task and container instance ids.
public struct Identifier<Kind>: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits, or a UUID's form with dashes; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        for byte in text.utf8 {
            let value: UInt64
            switch byte {
            case 0x30...0x39: value = UInt64(byte - 0x30)
            case 0x61...0x66: value = UInt64(byte - 0x61 + 10)
            case 0x41...0x46: value = UInt64(byte - 0x41 + 10)
            case 0x2D where digits > 0: continue
            default: return nil
            }
            guard digits < 32 else { return nil }
            if digits < 16 { high = high << 4 | value } else { low = low << 4 | value }
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: high, low: low)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// The form of a UUID, 8-4-4-4-12, as ECS writes container ids.
    public var dashed: String {
        let text = Array(description)
        let parts = [text[0..<8], text[8..<12], text[12..<16], text[16..<20], text[20..<32]]
        return parts.map { String($0) }.joined(separator: "-")
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [high, low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0xF
                bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let identifier = Identifier(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not 32 hexadecimal digits: \(text)")
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The kinds of ``Identifier``; never instantiated.
public enum ClusterKind {}
public enum ServiceKind {}
public enum TaskKind {}
public enum InstanceKind {}
public enum ContainerKind {}
public enum SessionKind {}
public enum AgentKind {}
public enum WorkerKind {}
public enum JoinTokenKind {}
public enum ServiceDeploymentKind {}

public typealias ClusterID = Identifier<ClusterKind>
public typealias ServiceID = Identifier<ServiceKind>
public typealias TaskID = Identifier<TaskKind>
public typealias InstanceID = Identifier<InstanceKind>
public typealias ContainerID = Identifier<ContainerKind>
/// One registration of a worker. A message that carries another is refused (DESIGN contract 4).
public typealias SessionID = Identifier<SessionKind>
/// One run of a worker's agent process, drawn at its start: tells a worker that comes back from
/// another that uses the same identity.
public typealias AgentID = Identifier<AgentKind>
/// The identity that a worker's certificate names.
public typealias WorkerID = Identifier<WorkerKind>
public typealias JoinTokenID = Identifier<JoinTokenKind>
public typealias ServiceDeploymentID = Identifier<ServiceDeploymentKind>

/// A deployment of a service, shown as `ecs-svc/<19 digits>`.
public struct DeploymentID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }

    public init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    public var description: String { "ecs-svc/\(number)" }
}
