/// The text of a query with a place in it.
struct Scanner {
    private let scalars: [Unicode.Scalar]
    private(set) var index = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    var count: Int { scalars.count }
    /// That of the next character, counted from 1.
    var position: Int { index + 1 }
    var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    func isNext(_ text: String) -> Bool {
        scalars[index...].starts(with: text.unicodeScalars)
    }

    mutating func skipSpaces() {
        while let next, next.properties.isWhitespace { index += 1 }
    }

    mutating func skip(_ text: String) -> Bool {
        guard isNext(text) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    mutating func skip(_ count: Int) { index += count }

    /// Takes the characters that are as asked.
    mutating func take(while isWanted: (Unicode.Scalar) -> Bool) -> String {
        let start = index
        while let next, isWanted(next) { index += 1 }
        return String(scalars[start..<index])
    }

    /// The word that comes next, for an error message.
    var found: String {
        guard let next else { return "the end of the expression" }
        let word = scalars[index...].prefix { $0.isWordInQuery }
        return word.isEmpty ? "'\(next)'" : "'\(String(word.prefix(40)))'"
    }
}

extension String {
    fileprivate init(_ scalars: ArraySlice<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}

extension Unicode.Scalar {
    var isLetterOrDigitInQuery: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }

    /// In the name of a subject.
    var isWordInQuery: Bool {
        if isLetterOrDigitInQuery { return true }
        return switch self {
        case "-", "_", "/", "\\", ".", ":": true
        default: false
        }
    }

    /// In a value that is not in quotes.
    var isPlainInQuery: Bool { isWordInQuery || self == "@" || self == "+" || self == "*" }
}
