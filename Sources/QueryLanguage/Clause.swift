/// A query as a tree.
public indirect enum Clause: Hashable, Sendable {
    /// At least two, joined by `and`.
    case all([Clause])
    /// At least two, joined by `or`.
    case any([Clause])
    case not(Clause)
    case condition(Condition)

    func isMet(by subject: some QuerySubject) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.isMet(by: subject) }
        case .any(let parts): parts.contains { $0.isMet(by: subject) }
        case .not(let part): !part.isMet(by: subject)
        case .condition(let condition): condition.isMet(by: subject)
        }
    }

    func obstacle(for subject: some QuerySubject) -> Clause? {
        if case .all(let parts) = self {
            for part in parts {
                if let obstacle = part.obstacle(for: subject) { return obstacle }
            }
            return nil
        }
        return isMet(by: subject) ? nil : self
    }

    /// Whether any condition in here is as asked.
    func conditions(contain wanted: (Condition) -> Bool) -> Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.contains { $0.conditions(contain: wanted) }
        case .not(let part): part.conditions(contain: wanted)
        case .condition(let condition): wanted(condition)
        }
    }
}

/// In the language itself, in one form: parsing it again gives the same clause.
extension Clause: CustomStringConvertible {
    public var description: String {
        switch self {
        case .all(let parts): parts.map(\.asPart).joined(separator: " and ")
        case .any(let parts): parts.map(\.asPart).joined(separator: " or ")
        case .not(let part): "not(\(part))"
        case .condition(let condition): condition.description
        }
    }

    private var asPart: String {
        switch self {
        case .all, .any: "(\(self))"
        case .not, .condition: description
        }
    }
}
