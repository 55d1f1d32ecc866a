/// A line of a file of output, in the form that containerd's CRI writes and `muster-supervisor`
/// too: `2026-11-28T16:44:10.123456789Z stdout F text`. Tags may follow the F, each after a colon.
package struct LogLine: Hashable, Sendable {
    /// Nanoseconds since 1970.
    package var time: Int64
    package var isError: Bool
    /// Whether the container's line ends here; else it goes on with the stream's next.
    package var isWhole: Bool
    package var text: [UInt8]

    /// - Parameter line: Without its end.
    /// - Returns: `nil` for what has another form.
    package init?(_ line: ArraySlice<UInt8>) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space), let time = LogTime.parse(line[..<first])
        else { return nil }
        let afterTime = line[(first + 1)...]
        guard let second = afterTime.firstIndex(of: space) else { return nil }
        if afterTime[..<second].elementsEqual("stdout".utf8) {
            isError = false
        } else if afterTime[..<second].elementsEqual("stderr".utf8) {
            isError = true
        } else {
            return nil
        }
        let rest = afterTime[(second + 1)...]
        let tags = rest.prefix { $0 != space }
        switch tags.prefix(while: { $0 != UInt8(ascii: ":") }) {
        case [UInt8(ascii: "F")]: isWhole = true
        case [UInt8(ascii: "P")]: isWhole = false
        default: return nil
        }
        self.time = time
        text = Array(rest.dropFirst(tags.count + 1))
    }
}

/// RFC 3339 with up to nine digits of a second's fraction.
enum LogTime {
    /// `2026-11-28T16:44:10.123456789Z`, or `+01:00` for the Z.
    ///
    /// - Returns: Nanoseconds since 1970; `nil` for what is none, or not within 1970 to 2261.
    static func parse(_ text: ArraySlice<UInt8>) -> Int64? {
        var reader = Digits(rest: text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
            reader.skip("-"), let day = reader.number(2), reader.skip("T"),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
            reader.skip(":"), let second = reader.number(2),
            (1970...2261).contains(year), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second < 61
        else { return nil }
        let nanoseconds = reader.skip(".") ? reader.fraction() : 0
        guard let nanoseconds, let offset = reader.offset() else { return nil }
        let days = days(year, month, day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
        return seconds * 1_000_000_000 + nanoseconds
    }

    /// Days since 1970 in the Gregorian calendar, whose years are taken to begin with March.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let century = shifted / 400
        let ofCentury = shifted - century * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return century * 146_097 + ofCentury * 365 + ofCentury / 4 - ofCentury / 100 + ofYear
            - 719_468
    }

    private struct Digits {
        var rest: ArraySlice<UInt8>

        mutating func number(_ count: Int) -> Int64? {
            let digits = rest.prefix(count)
            guard digits.count == count, let value = Self.value(digits) else { return nil }
            rest = rest.dropFirst(count)
            return value
        }

        mutating func skip(_ character: Character) -> Bool {
            guard rest.first == character.asciiValue else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func fraction() -> Int64? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(digits.count), var value = Self.value(digits) else {
                return nil
            }
            rest = rest.dropFirst(digits.count)
            for _ in digits.count..<9 { value *= 10 }
            return value
        }

        /// Minutes that the clock is before UTC's, up to the end.
        mutating func offset() -> Int64? {
            if skip("Z") { return rest.isEmpty ? 0 : nil }
            let sign: Int64 = skip("+") ? 1 : -1
            guard sign > 0 || skip("-"), let hours = number(2), skip(":"),
                let minutes = number(2), rest.isEmpty
            else { return nil }
            return sign * (hours * 60 + minutes)
        }

        private static func value(_ digits: ArraySlice<UInt8>) -> Int64? {
            var value: Int64 = 0
            for digit in digits {
                guard (0x30...0x39).contains(digit) else { return nil }
                value = value * 10 + Int64(digit - 0x30)
            }
            return value
        }
    }
}
