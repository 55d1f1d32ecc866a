/// What stands behind an operator:
///
///     argument := literal | "'" text "'" | "[" literal ("," literal)* "]"
extension Parser {
    mutating func parseArgument(
        of subject: Subject, _ found: Operator
    ) throws(QuerySyntaxError) -> Argument {
        switch found {
        case .exists, .notExists: return .nothing
        case .isIn, .notIn: return .list(try parseList(of: subject))
        case .matches, .notMatches: return .pattern(try parsePattern())
        default: break
        }
        let position = scanner.position
        let text = try parseValue("a value", of: subject)
        let typed: Argument?
        let form: String
        switch subject {
        case .agentVersion:
            (typed, form) = (DottedNumber(text).map { .version($0) }, "a version such as 1.20.0")
        case .runningTasksCount:
            (typed, form) = (Int(text).map { .number($0) }, "a whole number")
        case .registeredAt:
            (typed, form) = (
                QueryTime(text).map { .time($0) },
                "a time such as 2018-06-18T22:28:28+00:00 or 2018-06-18"
            )
        default: (typed, form) = (.text(text), "")
        }
        guard let typed else {
            throw QuerySyntaxError(position: position, problem: "expected \(form), found '\(text)'")
        }
        return typed
    }

    private mutating func parseList(of subject: Subject) throws(QuerySyntaxError) -> [String] {
        guard scanner.skip("[") else { throw unexpected("a list such as [a, b]") }
        var texts: [String] = []
        repeat {
            scanner.skipSpaces()
            texts.append(try parseValue("a value of the list", of: subject))
            scanner.skipSpaces()
        } while scanner.skip(",")
        guard scanner.skip("]") else { throw unexpected("',' or ']'") }
        return texts
    }

    private mutating func parseValue(
        _ what: String, of subject: Subject
    ) throws(QuerySyntaxError) -> String {
        let position = scanner.position
        let text: String
        if scanner.isNext("'") {
            text = try parseQuoted()
        } else {
            try refuseBrackets(what)
            text = scanner.take(while: \.isPlainInQuery)
            guard !text.isEmpty else { throw unexpected(what) }
            // What goes on belongs in quotes.
            guard scanner.next.map(\.isEndOfValue) ?? true else {
                throw unexpected("the end of the value, or quotes around it ('…')")
            }
        }
        if subject == .agentConnected, text != "true", text != "false" {
            throw QuerySyntaxError(
                position: position, problem: "expected true or false, found '\(text)'")
        }
        return text
    }

    private mutating func parseQuoted() throws(QuerySyntaxError) -> String {
        let start = scanner
        scanner.skip(1)
        let text = scanner.take { $0 != "'" }
        guard scanner.skip("'") else {
            scanner = start
            throw error("the quote ' is not closed")
        }
        return text
    }

    private func refuseBrackets(_ what: String) throws(QuerySyntaxError) {
        if scanner.isNext("(") {
            throw error(
                "expected \(what), found '(': parentheses go around expressions, not into one; put "
                    + "the value in quotes ('…')")
        }
        if scanner.isNext("[") {
            throw error("expected \(what), found '[': only 'in' and '!in' take a list")
        }
    }

    private mutating func parsePattern() throws(QuerySyntaxError) -> Pattern {
        let source: String
        var start = scanner.index
        if scanner.isNext("'") {
            source = try parseQuoted()
            start += 1
        } else {
            if scanner.isNext("(") { try refuseBrackets("a regular expression") }
            source = takePlainPattern()
            guard !source.isEmpty else { throw unexpected("a regular expression") }
            guard scanner.next.map(\.isEndOfValue) ?? true else {
                throw unexpected("the end of the value, or quotes around it ('…')")
            }
        }
        do throws(QuerySyntaxError) {
            let pattern = try Pattern(source, stepsMaximum: steps)
            steps -= pattern.steps
            return pattern
        } catch {
            throw QuerySyntaxError(position: start + error.position, problem: error.problem)
        }
    }

    /// A regular expression without quotes has neither spaces nor parentheses.
    private mutating func takePlainPattern() -> String {
        var source = ""
        while let next = scanner.next, !next.properties.isWhitespace,
            next != "(", next != ")", next != "'", !scanner.isNext("&&"), !scanner.isNext("||")
        {
            source.unicodeScalars.append(next)
            scanner.skip(1)
        }
        return source
    }
}

extension Unicode.Scalar {
    /// Whether a value without quotes may end before it.
    fileprivate var isEndOfValue: Bool {
        if properties.isWhitespace { return true }
        return switch self {
        case ")", ",", "]", "&", "|": true
        default: false
        }
    }
}
