/// What stands behind a backslash.
enum PatternEscape {
    case scalar(Unicode.Scalar)
    case set(ScalarSet)
}

extension Scanner {
    mutating func takeEscape() throws(QuerySyntaxError) -> PatternEscape {
        let start = self
        skip(1)
        guard let next else {
            self = start
            throw patternError("nothing follows the '\\'")
        }
        skip(1)
        switch next {
        case "d": return .set(.digits)
        case "D": return .set(.digits.inverted)
        case "w": return .set(.word)
        case "W": return .set(.word.inverted)
        case "s": return .set(.space)
        case "S": return .set(.space.inverted)
        case "t": return .scalar("\t")
        case "n": return .scalar("\n")
        case "r": return .scalar("\r")
        case "f": return .scalar("\u{C}")
        case "x", "u":
            if let scalar = takeHex(next == "x" ? 2 : 4) { return .scalar(scalar) }
            self = start
            throw patternError("expected hexadecimal digits behind '\\\(next)'")
        default: break
        }
        guard next.isLetterOrDigitInQuery else { return .scalar(next) }
        self = start
        throw patternError(
            "the regular expression has \(Self.name(of: next)), which is not supported")
    }

    private mutating func takeHex(_ digits: Int) -> Unicode.Scalar? {
        var ahead = self
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let next = ahead.next, let digit = Character(next).hexDigitValue else {
                return nil
            }
            value = value * 16 + UInt32(digit)
            ahead.skip(1)
        }
        self = ahead
        return Unicode.Scalar(value)
    }

    private static func name(of letter: Unicode.Scalar) -> String {
        let what =
            switch letter {
            case "1"..."9", "k": "a back reference"
            case "b", "B": "a word boundary"
            case "A", "Z", "z", "G": "a boundary of the input"
            case "p", "P": "a class of Unicode"
            case "Q", "E": "a quotation"
            default: "an escape"
            }
        return "\(what) '\\\(letter)'"
    }

    func patternError(_ problem: String) -> QuerySyntaxError {
        QuerySyntaxError(position: position, problem: problem)
    }
}
