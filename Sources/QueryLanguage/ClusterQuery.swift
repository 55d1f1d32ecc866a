/// An expression of the cluster query language, parsed.
///
/// Two are equal when their texts are.
public struct ClusterQuery: Sendable {
    /// As it was given.
    public let text: String
    /// `nil` for a text from a journal that can't be parsed: no instance meets it.
    public let clause: Clause?

    /// Characters of an expression (ECS, `PlacementConstraint`).
    public static let lengthMaximum = 2_000
    /// Levels of parentheses and `not`.
    public static let depthMaximum = 50
    /// Steps of all regular expressions together; see ``Pattern``.
    public static let patternStepsMaximum = 250

    public init(_ text: String) throws(QuerySyntaxError) {
        var parser = Parser(text)
        clause = try parser.parse()
        self.text = text
    }

    /// A text that was accepted once, by this version or another: it is never refused, or a journal
    /// could not be read.
    public init(accepted text: String) {
        self.text = text
        var parser = Parser(text)
        clause = try? parser.parse()
    }

    public func isMet(by subject: some QuerySubject) -> Bool {
        clause?.isMet(by: subject) ?? false
    }

    /// The part that an instance does not meet, as small as can be; `nil` if it meets the whole, or
    /// if nothing can be said.
    public func obstacle(for subject: some QuerySubject) -> Clause? {
        clause?.obstacle(for: subject)
    }

    /// Whether the answer depends on a subject.
    public func reads(_ subject: Subject) -> Bool {
        clause?.conditions { $0.subject == subject } ?? false
    }

    /// The groups that conditions name.
    public var namedGroups: [String] {
        var names: [String] = []
        _ = clause?.conditions { condition in
            names += condition.namedGroups
            return false
        }
        return names
    }

    /// Whether conditions find groups by a regular expression.
    public var matchesGroups: Bool {
        clause?.conditions { condition in
            if case .pattern = condition.argument { condition.subject == .taskGroup } else { false }
        } ?? false
    }

    /// Whether the answer may depend on whether a group has a task on the instance.
    public func reads(group: String) -> Bool {
        clause?.conditions { $0.reads(group: group) } ?? false
    }
}

extension ClusterQuery: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension ClusterQuery: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(accepted: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension ClusterQuery: CustomStringConvertible {
    public var description: String { text }
}
