import Model

/// A query as a test draws it: text and meaning side by side, made without the parser.
indirect enum DrawnQuery {
    case condition(text: String, holds: @Sendable (Toy) -> Bool)
    case not(DrawnQuery)
    case and(DrawnQuery, DrawnQuery)
    case or(DrawnQuery, DrawnQuery)

    var text: String {
        switch self {
        case .condition(let text, _): text
        case .not(let part): "not (\(part.text))"
        case .and(let left, let right): "(\(left.text)) and (\(right.text))"
        case .or(let left, let right): "(\(left.text)) or (\(right.text))"
        }
    }

    /// With parentheses only where the order of precedence needs them, and aliases.
    func bare(inside level: Int = 0) -> String {
        switch self {
        case .condition(let text, _): text
        case .not(let part): "!\(part.bare(inside: 2))"
        case .and(let left, let right):
            wrapped("\(left.bare(inside: 1)) && \(right.bare(inside: 1))", level > 1)
        case .or(let left, let right):
            wrapped("\(left.bare()) || \(right.bare())", level > 0)
        }
    }

    private func wrapped(_ text: String, _ isNeeded: Bool) -> String {
        isNeeded ? "(\(text))" : text
    }

    func holds(_ toy: Toy) -> Bool {
        switch self {
        case .condition(_, let holds): holds(toy)
        case .not(let part): !part.holds(toy)
        case .and(let left, let right): left.holds(toy) && right.holds(toy)
        case .or(let left, let right): left.holds(toy) || right.holds(toy)
        }
    }

    var smaller: [DrawnQuery] {
        switch self {
        case .condition: []
        case .not(let part): [part] + part.smaller.map { .not($0) }
        case .and(let left, let right):
            [left, right] + left.smaller.map { .and($0, right) }
                + right.smaller.map { .and(left, $0) }
        case .or(let left, let right):
            [left, right] + left.smaller.map { .or($0, right) }
                + right.smaller.map { .or(left, $0) }
        }
    }
}

extension DrawnQuery {
    private static let values = ["a", "b", "a.1", "10", "9", "x y"]

    init(_ random: inout SeededRandom, depth: Int) {
        switch Int.random(in: 0..<(depth == 0 ? 1 : 5), using: &random) {
        case 1: self = .not(DrawnQuery(&random, depth: depth - 1))
        case 2:
            self = .and(
                DrawnQuery(&random, depth: depth - 1), DrawnQuery(&random, depth: depth - 1))
        case 3:
            self = .or(DrawnQuery(&random, depth: depth - 1), DrawnQuery(&random, depth: depth - 1))
        default: self = Self.condition(&random)
        }
    }

    private static func pick<Element>(_ list: [Element], _ random: inout SeededRandom) -> Element {
        list[Int.random(in: list.indices, using: &random)]
    }

    private static func condition(_ random: inout SeededRandom) -> DrawnQuery {
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            let count = Int.random(in: 0...4, using: &random)
            let (sign, compare) = comparison(&random)
            return .condition(text: "runningTasksCount \(sign) \(count)") {
                compare($0.runningTasksCount, count)
            }
        case 1:
            let minor = Int.random(in: 8...11, using: &random)
            let (sign, compare) = comparison(&random)
            return .condition(text: "agentVersion \(sign) 1.\(minor).0") {
                compare(Int($0.agentVersion.split(separator: ".")[1]) ?? 0, minor)
            }
        case 2:
            let group = pick(["a", "b", "c"], &random)
            return .condition(text: "task:group == \(group)") { $0.groups.contains(group) }
        case 3:
            return .condition(text: "agentConnected != false") { $0.agentConnected }
        default: return ofAttribute(&random)
        }
    }

    private static func comparison(
        _ random: inout SeededRandom
    ) -> (String, @Sendable (Int, Int) -> Bool) {
        let all: [(String, @Sendable (Int, Int) -> Bool)] = [
            ("==", { $0 == $1 }), ("!=", { $0 != $1 }), ("<", { $0 < $1 }), ("<=", { $0 <= $1 }),
            (">", { $0 > $1 }), ("greater_than_equal", { $0 >= $1 }),
        ]
        return pick(all, &random)
    }

    private static func ofAttribute(_ random: inout SeededRandom) -> DrawnQuery {
        let name = pick(["p", "q"], &random)
        let some = (0...Int.random(in: 0...2, using: &random)).map { _ in pick(values, &random) }
        let quoted = some.map { "'\($0)'" }.joined(separator: ", ")
        let first = some[0]
        let subject = "attribute:\(name)"
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return .condition(text: "\(subject) exists") { $0.attributes[name] != nil }
        case 1: return .condition(text: "\(subject) !exists") { $0.attributes[name] == nil }
        case 2:
            return .condition(text: "\(subject) in [\(quoted)]") {
                $0.attributes[name].map(some.contains) ?? false
            }
        case 3:
            return .condition(text: "\(subject) not_in [\(quoted)]") {
                !($0.attributes[name].map(some.contains) ?? false)
            }
        case 4:
            return .condition(text: "\(subject) equals '\(first)'") { $0.attributes[name] == first }
        case 5:
            return .condition(text: "\(subject) =~ '.*\(first.prefix(1)).*'") {
                $0.attributes[name]?.contains(first.prefix(1)) ?? false
            }
        default:
            return .condition(text: "\(subject) != '\(first)'") { $0.attributes[name] != first }
        }
    }
}
