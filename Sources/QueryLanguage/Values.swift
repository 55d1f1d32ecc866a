/// Numbers between dots, as in a version: `1.20.0`. Missing ones count as 0.
public struct DottedNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Without zeros at the end, so that equal ones look the same; at least one.
    private let parts: [Int]

    /// Digits that fit an `Int` for certain.
    private static let digitsMaximum = 18

    public init?(_ text: String) {
        var parts: [Int] = []
        var part = 0
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                guard digits <= Self.digitsMaximum else { return nil }
                part = part * 10 + Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: ".") where digits > 0:
                parts.append(part)
                (part, digits) = (0, 0)
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        parts.append(part)
        while parts.count > 1, parts.last == 0 { parts.removeLast() }
        self.parts = parts
    }

    /// The number that a text begins with, before a `-` or `+` as in `1.20.0-beta`.
    init?(leading text: String) {
        self.init(String(text.prefix { $0 != "-" && $0 != "+" }))
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts)
    }

    public var description: String { parts.map(String.init).joined(separator: ".") }
}

/// A moment in civil time, in one of the forms that ECS takes.
public struct QueryTime: Hashable, Sendable {
    /// As it was given.
    public let text: String
    /// Since 1970-01-01T00:00:00Z.
    public let seconds: Int64

    /// `2018-06-18`, `2018-06-18T22:28:28`, with `Z` or `+00:00` behind it.
    public init?(_ text: String) {
        var fields = Fields(rest: text.utf8[...])
        guard let year = fields.number(4), fields.skip("-"), let month = fields.number(2),
            fields.skip("-"), let day = fields.number(2),
            let days = Self.days(year, month, day)
        else { return nil }
        var seconds = days * 86_400
        if !fields.rest.isEmpty {
            guard fields.skip("T"), let hour = fields.number(2), fields.skip(":"),
                let minute = fields.number(2), fields.skip(":"), let second = fields.number(2),
                hour < 24, minute < 60, second < 60, let offset = fields.zone()
            else { return nil }
            seconds += hour * 3_600 + minute * 60 + second - offset
        }
        guard fields.rest.isEmpty else { return nil }
        self.text = text
        self.seconds = Int64(seconds)
    }

    /// Days since 1970-01-01 of a date; `nil` for one that is not in the calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        guard (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        let before = max(year - 1, 0)
        let leaps = before / 4 - before / 100 + before / 400
        let isAfterZero = year > 0 ? 366 : 0
        let years = isAfterZero + before * 365 + leaps
        let inYear = lengths[..<(month - 1)].reduce(0, +) + day - 1
        // 719,528 days lie between 0000-01-01 and 1970-01-01.
        return years + inYear - 719_528
    }

    private struct Fields {
        var rest: Substring.UTF8View

        mutating func number(_ digits: Int) -> Int? {
            let field = rest.prefix(digits)
            guard field.count == digits else { return nil }
            var number = 0
            for byte in field {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
            rest = rest.dropFirst(digits)
            return number
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// Seconds ahead of UTC: nothing, `Z` or an offset.
        mutating func zone() -> Int? {
            if rest.isEmpty || skip("Z") { return 0 }
            let sign = skip("+") ? 1 : skip("-") ? -1 : 0
            guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24,
                minutes < 60
            else { return nil }
            return sign * (hours * 3_600 + minutes * 60)
        }
    }
}
