/// Reads a query:
///
///     or        := and (("||" | "or") and)*
///     and       := not (("&&" | "and") not)*
///     not       := ("!" | "not") not | "(" or ")" | condition
///     condition := subject operator [argument]
struct Parser {
    var scanner: Scanner
    /// What is left for the regular expressions.
    var steps = ClusterQuery.patternStepsMaximum

    init(_ text: String) {
        scanner = Scanner(text)
    }

    mutating func parse() throws(QuerySyntaxError) -> Clause {
        let most = ClusterQuery.lengthMaximum
        guard scanner.count <= most else {
            throw QuerySyntaxError(
                position: most + 1,
                problem: "the expression has \(scanner.count) characters, more than \(most)")
        }
        let clause = try parseOr(depth: 0)
        guard scanner.next == nil else { throw unexpected("'and', 'or' or the end") }
        return clause
    }

    private mutating func parseOr(depth: Int) throws(QuerySyntaxError) -> Clause {
        var parts = [try parseAnd(depth: depth)]
        while skip("||", or: "or") { parts.append(try parseAnd(depth: depth)) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func parseAnd(depth: Int) throws(QuerySyntaxError) -> Clause {
        var parts = [try parseNot(depth: depth)]
        while skip("&&", or: "and") { parts.append(try parseNot(depth: depth)) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func parseNot(depth: Int) throws(QuerySyntaxError) -> Clause {
        scanner.skipSpaces()
        guard depth <= ClusterQuery.depthMaximum else {
            throw error(
                "more than \(ClusterQuery.depthMaximum) levels of parentheses and 'not'")
        }
        if skip("!", or: "not") { return .not(try parseNot(depth: depth + 1)) }
        guard scanner.skip("(") else { return .condition(try parseCondition()) }
        let clause = try parseOr(depth: depth + 1)
        guard scanner.skip(")") else { throw unexpected("'and', 'or' or ')'") }
        return clause
    }

    /// Takes a connective, in either form, and the space before it.
    private mutating func skip(_ symbol: String, or word: String) -> Bool {
        scanner.skipSpaces()
        if scanner.skip(symbol) { return true }
        var ahead = scanner
        guard ahead.take(while: \.isWordInQuery) == word else { return false }
        scanner = ahead
        return true
    }

    private mutating func parseCondition() throws(QuerySyntaxError) -> Condition {
        let subject = try parseSubject()
        scanner.skipSpaces()
        let start = scanner
        guard let found = takeOperator() else {
            scanner = start
            throw unexpected("one of the operators \(Self.list(of: subject))")
        }
        guard subject.operators.contains(found) else {
            scanner = start
            throw error(
                "\(subject.name) does not take '\(found.rawValue)', only "
                    + "\(Self.list(of: subject))")
        }
        scanner.skipSpaces()
        return Condition(
            subject: subject, operator: found, argument: try parseArgument(of: subject, found))
    }

    private mutating func parseSubject() throws(QuerySyntaxError) -> Subject {
        let start = scanner
        let word = scanner.take(while: \.isWordInQuery)
        if let subject = Subject.named.first(where: { $0.name == word }) { return subject }
        let prefix = "attribute:"
        guard word.hasPrefix(prefix) else {
            scanner = start
            let names = Subject.named.map(\.name).joined(separator: ", ")
            throw unexpected("a subject: attribute:<name>, \(names)")
        }
        let name = String(word.dropFirst(prefix.count))
        guard !name.isEmpty else { throw unexpected("the name of an attribute") }
        return .attribute(name)
    }

    private mutating func takeOperator() -> Operator? {
        // The longer ones first, lest `>` be found in `>=`.
        let symbols = ["==", "!=", ">=", "<=", "=~", "!~", ">", "<"]
        for symbol in symbols where scanner.skip(symbol) { return Operator(rawValue: symbol) }
        let negation = scanner.skip("!") ? "!" : ""
        let word = scanner.take { $0.isLetterOrDigitInQuery || $0 == "_" }
        if word.isEmpty { return nil }
        return Operator(rawValue: negation + word)
            ?? (negation.isEmpty ? Operator(word: word) : nil)
    }

    private static func list(of subject: Subject) -> String {
        subject.operators.map(\.rawValue).joined(separator: ", ")
    }

    func error(_ problem: String) -> QuerySyntaxError {
        QuerySyntaxError(position: scanner.position, problem: problem)
    }

    func unexpected(_ expected: String) -> QuerySyntaxError {
        error("expected \(expected), found \(scanner.found)")
    }
}
