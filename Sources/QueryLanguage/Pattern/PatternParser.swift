/// Reads a regular expression in Java's syntax, as much of it as ``Pattern`` can match.
struct PatternParser {
    private var scanner: Scanner
    private static let depthMaximum = 50

    init(_ source: String) {
        scanner = Scanner(source)
    }

    mutating func parse() throws(QuerySyntaxError) -> PatternNode {
        let node = try parseChoice(depth: 0)
        guard scanner.next == nil else { throw error("a ')' without its '('") }
        return node
    }

    private mutating func parseChoice(depth: Int) throws(QuerySyntaxError) -> PatternNode {
        guard depth <= Self.depthMaximum else {
            throw error("more than \(Self.depthMaximum) levels of groups")
        }
        var choices = [try parseSequence(depth: depth)]
        while scanner.skip("|") { choices.append(try parseSequence(depth: depth)) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func parseSequence(depth: Int) throws(QuerySyntaxError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let next = scanner.next, next != "|", next != ")" {
            let node = try parseOne(depth: depth)
            nodes.append(try parseRepetition(of: node))
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func parseOne(depth: Int) throws(QuerySyntaxError) -> PatternNode {
        guard let next = scanner.next else { throw error("nothing follows") }
        switch next {
        case "(": return try parseGroup(depth: depth)
        case "[": return .take(try parseClass())
        case "\\": return .take(try parseEscape())
        case "*", "+", "?", "{": throw error("'\(next)' has nothing to repeat")
        default: break
        }
        scanner.skip(1)
        return switch next {
        case ".": .take(.any)
        case "^": .start
        case "$": .end
        default: .take(ScalarSet(next))
        }
    }

    private mutating func parseGroup(depth: Int) throws(QuerySyntaxError) -> PatternNode {
        let open = scanner
        scanner.skip(1)
        if scanner.isNext("?") {
            let refused = [
                ("?=", "a lookahead"), ("?!", "a lookahead"), ("?<=", "a lookbehind"),
                ("?<!", "a lookbehind"), ("?>", "an atomic group"),
            ]
            for (sign, name) in refused where scanner.isNext(sign) {
                scanner = open
                throw unsupported("\(name) '(\(sign)'")
            }
            guard scanner.skip("?:") || skipName() else {
                scanner = open
                throw unsupported("a group with flags '(?'")
            }
        }
        let node = try parseChoice(depth: depth + 1)
        guard scanner.skip(")") else {
            scanner = open
            throw error("the group '(' is not closed")
        }
        return node
    }

    /// A name is for what was matched, which nobody asks for here.
    private mutating func skipName() -> Bool {
        var ahead = scanner
        guard ahead.skip("?<"), !ahead.take(while: \.isLetterOrDigitInQuery).isEmpty,
            ahead.skip(">")
        else { return false }
        scanner = ahead
        return true
    }

    private mutating func parseRepetition(of node: PatternNode) throws(QuerySyntaxError)
        -> PatternNode
    {
        guard let next = scanner.next, "*+?{".unicodeScalars.contains(next) else { return node }
        if node == .start || node == .end { throw error("'\(next)' has nothing to repeat") }
        var (least, most): (Int, Int?) = (0, nil)
        switch next {
        case "*": break
        case "+": least = 1
        case "?": most = 1
        default: (least, most) = try parseCounts()
        }
        if next != "{" { scanner.skip(1) }
        // What is matched as a whole does not depend on being greedy or lazy.
        _ = scanner.skip("?")
        if scanner.isNext("+") { throw unsupported("a possessive repetition '+'") }
        if let next = scanner.next, "*?{".unicodeScalars.contains(next) {
            throw error("'\(next)' has nothing to repeat")
        }
        return .repetition(node, least: least, most: most)
    }

    /// `{n}`, `{n,}` or `{n,m}`.
    private mutating func parseCounts() throws(QuerySyntaxError) -> (Int, Int?) {
        let open = scanner
        scanner.skip(1)
        let least = takeCount()
        var most = least
        if scanner.skip(",") { most = scanner.isNext("}") ? nil : takeCount() ?? -1 }
        guard let least, most != -1, scanner.skip("}") else {
            scanner = open
            throw error("expected a repetition such as {2}, {2,} or {2,5}")
        }
        guard most ?? least >= least else {
            scanner = open
            throw error("the repetition ends below its start")
        }
        return (least, most)
    }

    /// Counts beyond these are too large whatever they count.
    private mutating func takeCount() -> Int? {
        let digits = scanner.take { ("0"..."9").contains($0) }
        return digits.isEmpty ? nil : Int(digits.prefix(9))
    }

    private mutating func parseClass() throws(QuerySyntaxError) -> ScalarSet {
        let open = scanner
        scanner.skip(1)
        let isInverted = scanner.skip("^")
        if scanner.isNext("]") { throw error("the class '[' is empty; write \\] for a ']' in it") }
        var sets: [ScalarSet] = []
        while !scanner.skip("]") {
            guard scanner.next != nil else {
                scanner = open
                throw error("the class '[' is not closed")
            }
            sets.append(try parseMember())
        }
        let union = ScalarSet(union: sets)
        return isInverted ? union.inverted : union
    }

    private mutating func parseMember() throws(QuerySyntaxError) -> ScalarSet {
        let start = scanner
        if scanner.isNext("[") { throw unsupported("a class in a class '['") }
        if scanner.isNext("&&") { throw unsupported("an intersection of classes '&&'") }
        guard let lower = try takeMember() else {
            scanner = start
            return try parseEscape()
        }
        var ahead = scanner
        guard ahead.skip("-"), let next = ahead.next, next != "]" else { return ScalarSet(lower) }
        scanner = ahead
        guard next != "[", let upper = try takeMember() else {
            throw error("a range of characters needs a character at its end")
        }
        guard lower <= upper else {
            scanner = start
            throw error("the range of characters ends before its start")
        }
        return ScalarSet([lower.value...upper.value])
    }

    /// One character of a class; `nil` for an escape that means several.
    private mutating func takeMember() throws(QuerySyntaxError) -> Unicode.Scalar? {
        guard scanner.isNext("\\") else {
            let next = scanner.next
            scanner.skip(1)
            return next
        }
        var ahead = scanner
        let escaped = try ahead.takeEscape()
        guard case .scalar(let scalar) = escaped else { return nil }
        scanner = ahead
        return scalar
    }

    private mutating func parseEscape() throws(QuerySyntaxError) -> ScalarSet {
        switch try scanner.takeEscape() {
        case .scalar(let scalar): ScalarSet(scalar)
        case .set(let set): set
        }
    }

    private func error(_ problem: String) -> QuerySyntaxError { scanner.patternError(problem) }

    private func unsupported(_ what: String) -> QuerySyntaxError {
        error("the regular expression has \(what), which is not supported")
    }
}
