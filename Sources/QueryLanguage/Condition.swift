/// What a condition is about.
public enum Subject: Hashable, Sendable {
    case agentConnected, agentVersion, ec2InstanceID, registeredAt, runningTasksCount, taskGroup
    case attribute(String)

    /// Those that have a name of their own.
    static let named: [Subject] = [
        .agentConnected, .agentVersion, .ec2InstanceID, .registeredAt, .runningTasksCount,
        .taskGroup,
    ]

    /// As the language writes it.
    public var name: String {
        switch self {
        case .agentConnected: "agentConnected"
        case .agentVersion: "agentVersion"
        case .ec2InstanceID: "ec2InstanceId"
        case .registeredAt: "registeredAt"
        case .runningTasksCount: "runningTasksCount"
        case .taskGroup: "task:group"
        case .attribute(let name): "attribute:\(name)"
        }
    }

    /// The operators that it takes.
    var operators: [Operator] {
        switch self {
        case .agentConnected, .ec2InstanceID, .taskGroup:
            [.equals, .notEquals, .isIn, .notIn, .matches, .notMatches]
        case .agentVersion, .registeredAt, .runningTasksCount:
            [.equals, .notEquals, .greater, .greaterOrEqual, .less, .lessOrEqual]
        case .attribute: Operator.allCases
        }
    }
}

public enum Operator: String, Hashable, Sendable, CaseIterable {
    case equals = "=="
    case notEquals = "!="
    case greater = ">"
    case greaterOrEqual = ">="
    case less = "<"
    case lessOrEqual = "<="
    case exists = "exists"
    case notExists = "!exists"
    case isIn = "in"
    case notIn = "!in"
    case matches = "=~"
    case notMatches = "!~"

    /// The other name of an operator.
    init?(word: String) {
        switch word {
        case "equals": self = .equals
        case "not_equals": self = .notEquals
        case "greater_than": self = .greater
        case "greater_than_equal": self = .greaterOrEqual
        case "less_than": self = .less
        case "less_than_equal": self = .lessOrEqual
        case "not_exists": self = .notExists
        case "not_in": self = .notIn
        case "matches": self = .matches
        case "not_matches": self = .notMatches
        default: return nil
        }
    }
}

/// What a subject is held against.
public enum Argument: Hashable, Sendable {
    case nothing
    case text(String)
    case list([String])
    case pattern(Pattern)
    case number(Int)
    case version(DottedNumber)
    case time(QueryTime)
}

/// One statement about an instance, such as `attribute:stack == prod`.
public struct Condition: Hashable, Sendable {
    public let subject: Subject
    public let `operator`: Operator
    public let argument: Argument
}

extension Condition: CustomStringConvertible {
    public var description: String {
        let start = "\(subject.name) \(`operator`.rawValue)"
        return switch argument {
        case .nothing: start
        case .text(let text): "\(start) \(Self.written(text))"
        case .list(let texts):
            "\(start) [\(texts.map(Self.written).joined(separator: ", "))]"
        case .pattern(let pattern): "\(start) '\(pattern.source)'"
        case .number(let number): "\(start) \(number)"
        case .version(let version): "\(start) \(version)"
        case .time(let time): "\(start) \(time.text)"
        }
    }

    private static func written(_ text: String) -> String {
        !text.isEmpty && text.unicodeScalars.allSatisfy(\.isPlainInQuery) ? text : "'\(text)'"
    }
}
