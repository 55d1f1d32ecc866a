/// A member that breaks a constraint of the service model.
struct Violation: Error, Equatable {
    /// Such as `containerDefinitions[0].name`.
    var path: String
    /// The offending value as the message shows it; `null` when it is missing.
    var value: String
    /// What the member must do: `not be null`, `have length less than or equal to 128`.
    var constraint: String

    var isMissing: Bool { value == "null" }

    /// In the words of AWS's front end.
    var message: String {
        "1 validation error detected: Value \(value) at '\(path)' failed to satisfy constraint: "
            + "Member must \(constraint)"
    }
}

/// A shape with constraints, in it or below it.
protocol Checked {
    func check(_ checker: inout Checker)
}

/// Walks a request and keeps the first member that breaks a constraint.
struct Checker {
    /// The patterns of the model, by meaning.
    enum Pattern {
        /// Letters, separators, numbers and `_ . : / = + - @`.
        case tag
        /// Letters, digits and `. * -`.
        case instanceType

        var text: String {
            switch self {
            case .tag: #"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"#
            case .instanceType: #"[a-zA-Z0-9\.\*\-]+"#
            }
        }

        func allows(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .instanceType:
                scalar.isASCIILetterOrDigit || ".*-".unicodeScalars.contains(scalar)
            case .tag:
                scalar.isASCIILetterOrDigit || "_.:/=+-@".unicodeScalars.contains(scalar)
                    || !scalar.isASCII && scalar.properties.generalCategory.isLetterSpaceOrNumber
                    || scalar == " "
            }
        }
    }

    private(set) var violation: Violation?
    private var path = ""

    mutating func required(_ value: (some Any)?, _ name: String) {
        if value == nil { fail(name, "null", "not be null") }
    }

    mutating func text(
        _ value: String?, _ name: String, atLeast: Int = 0, atMost: Int? = nil,
        pattern: Pattern? = nil
    ) {
        guard violation == nil, let value else { return }
        length(value.unicodeScalars.count, "'\(value.prefix(64))'", name, atLeast, atMost)
        if let pattern, !value.unicodeScalars.allSatisfy(pattern.allows) {
            let constraint = "satisfy regular expression pattern: \(pattern.text)"
            fail(name, "'\(value.prefix(64))'", constraint)
        }
    }

    mutating func eachText(
        _ values: [String]?, _ name: String, atLeast: Int = 0, atMost: Int? = nil,
        pattern: Pattern? = nil
    ) {
        for (index, value) in (values ?? []).enumerated() {
            text(value, "\(name)[\(index)]", atLeast: atLeast, atMost: atMost, pattern: pattern)
        }
    }

    mutating func count(_ value: [some Any]?, _ name: String, atLeast: Int = 0, atMost: Int? = nil)
    {
        guard let value else { return }
        length(value.count, "of \(value.count) members", name, atLeast, atMost)
    }

    mutating func range<Number: Numeric & Comparable>(
        _ value: Number?, _ name: String, atLeast: Number? = nil, atMost: Number? = nil
    ) {
        guard let value else { return }
        if let atLeast, value < atLeast {
            fail(name, "'\(value)'", "have value greater than or equal to \(atLeast)")
        }
        if let atMost, value > atMost {
            fail(name, "'\(value)'", "have value less than or equal to \(atMost)")
        }
    }

    /// The model's integers have 32 bits.
    mutating func integer(_ value: Int?, _ name: String) {
        range(value, name, atLeast: Int(Int32.min), atMost: Int(Int32.max))
    }

    mutating func eachInteger(_ values: [Int]?, _ name: String) {
        for (index, value) in (values ?? []).enumerated() {
            integer(value, "\(name)[\(index)]")
        }
    }

    mutating func inside(_ value: (some Checked)?, _ name: String) {
        guard violation == nil, let value else { return }
        let outer = path
        path = path.isEmpty ? name : "\(path).\(name)"
        value.check(&self)
        path = outer
    }

    mutating func each(_ values: [some Checked]?, _ name: String) {
        for (index, value) in (values ?? []).enumerated() {
            inside(value, "\(name)[\(index)]")
        }
    }

    private mutating func length(
        _ length: Int, _ shown: String, _ name: String, _ atLeast: Int, _ atMost: Int?
    ) {
        if length < atLeast {
            fail(name, shown, "have length greater than or equal to \(atLeast)")
        }
        if let atMost, length > atMost {
            fail(name, shown, "have length less than or equal to \(atMost)")
        }
    }

    private mutating func fail(_ name: String, _ value: String, _ constraint: String) {
        guard violation == nil else { return }
        violation = Violation(
            path: path.isEmpty ? name : "\(path).\(name)", value: value, constraint: constraint)
    }
}

extension Unicode.Scalar {
    var isASCIILetterOrDigit: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isLetterSpaceOrNumber: Bool {
        switch self {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber, .spaceSeparator, .lineSeparator,
            .paragraphSeparator:
            true
        default: false
        }
    }
}
