/// A moment as signatures have it, `20261128T093000Z`: whole seconds since 1970.
public struct SignedTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var seconds: Int64

    public init(seconds: Int64) {
        self.seconds = seconds
    }

    /// `nil` for any other form, and for a day that no month has.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[4..<6]),
            let day = Self.number(bytes[6..<8]), let hour = Self.number(bytes[9..<11]),
            let minute = Self.number(bytes[11..<13]), let second = Self.number(bytes[13..<15]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.init(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second)
        guard description == String(text) else { return nil }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        digits.reduce(0 as Int64?) { number, digit in
            guard let number, (0x30...0x39).contains(digit) else { return nil }
            return number * 10 + Int64(digit - 0x30)
        }
    }

    /// Days since 1970 of a civil date: years begin in March, so that the odd day is their last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    public static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

    static func + (time: Self, seconds: Int64) -> Self { Self(seconds: time.seconds + seconds) }
    static func - (time: Self, seconds: Int64) -> Self { Self(seconds: time.seconds - seconds) }

    /// `YYYYMMDD`.
    public var date: String { String(description.prefix(8)) }

    public var description: String {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let time = seconds - day * 86_400
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        var text: [UInt8] = []
        func put(_ number: Int64, _ digits: Int) {
            var divisor: Int64 = digits == 4 ? 1_000 : 10
            while divisor > 0 {
                text.append(0x30 + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        }
        put(year, 4)
        put(month, 2)
        put(dayOfYear - (153 * part + 2) / 5 + 1, 2)
        text.append(UInt8(ascii: "T"))
        put(time / 3_600, 2)
        put(time / 60 % 60, 2)
        put(time % 60, 2)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}
