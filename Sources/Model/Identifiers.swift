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
        var text = String(text)
        guard let identifier = text.withUTF8({ Self(digits: $0) }) else { return nil }
        self = identifier
    }

    private init?(digits text: UnsafeBufferPointer<UInt8>) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        for byte in text {
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
        String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for index in 0..<32 {
                if [8, 12, 16, 20].contains(index) {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                text[place] = digit(index)
                place += 1
            }
            return place
        }
    }

    /// One of the 32 hexadecimal digits, in ASCII.
    private func digit(_ index: Int) -> UInt8 {
        let word = index < 16 ? high : low
        let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0xF
        return digit < 10 ? 0x30 + digit : 0x57 + digit
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { text in
            for index in 0..<32 { text[index] = digit(index) }
            return 32
        }
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
