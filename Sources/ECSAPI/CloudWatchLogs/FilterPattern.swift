import Model

/// A filter pattern of CloudWatch Logs for text: all terms have to be in a message; of those with a
/// `?` before them one; none of those with a `-`. A term with other characters than letters,
/// digits and underscores stands between double quotes. What matches JSON (`{`), columns (`[`) or
/// regular expressions (`%`) is refused.
struct FilterPattern: Hashable, Sendable {
    private var all: [String] = []
    private var any: [String] = []
    private var none: [String] = []

    init(_ text: String) throws(APIError) {
        guard text.utf8.count <= 1_024 else {
            throw Self.invalid("A filter pattern has at most 1024 characters.")
        }
        var rest = text[...].drop { $0 == " " }
        if let first = rest.first, "{[%".contains(first) {
            throw Self.invalid(
                "Muster searches text alone: patterns for JSON, columns and regular expressions "
                    + "('\(first)') are not supported.")
        }
        while let first = rest.first {
            let isMark = (first == "?" || first == "-") && rest.count > 1
            if isMark { rest = rest.dropFirst() }
            let term = try Self.term(&rest)
            switch isMark ? first : " " {
            case "?": any.append(term)
            case "-": none.append(term)
            default: all.append(term)
            }
            rest = rest.drop { $0 == " " }
        }
    }

    func matches(_ message: String) -> Bool {
        all.allSatisfy(message.contains) && !none.contains(where: message.contains)
            && (any.isEmpty || !all.isEmpty || any.contains(where: message.contains))
    }

    private static func term(_ rest: inout Substring) throws(APIError) -> String {
        guard rest.first == "\"" else {
            let word = rest.prefix { $0 != " " }
            rest = rest.dropFirst(word.count)
            return String(word)
        }
        var term = ""
        rest = rest.dropFirst()
        while let character = rest.popFirst() {
            if character == "\"" { return term }
            if character == "\\", let escaped = rest.popFirst() {
                term.append(escaped)
            } else {
                term.append(character)
            }
        }
        throw invalid("Invalid filter pattern: a double quote is not closed.")
    }

    private static func invalid(_ message: String) -> APIError {
        APIError(.invalidParameter, message)
    }
}
