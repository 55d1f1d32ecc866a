package import NIOCore

/// The `grpc-timeout` header: at most eight digits and a unit.
package enum Timeout {
    private static let digitMaximum = 8

    package static func parse(_ text: ArraySlice<UInt8>) -> TimeAmount? {
        guard let unit = text.last, text.count >= 2, text.count <= digitMaximum + 1 else {
            return nil
        }
        var number: Int64 = 0
        for digit in text.dropLast() {
            guard (0x30...0x39).contains(digit) else { return nil }
            number = number * 10 + Int64(digit - 0x30)
        }
        switch Character(UnicodeScalar(unit)) {
        case "H": return .hours(min(number, 24 * 365))
        case "M": return .minutes(min(number, 60 * 24 * 365))
        case "S": return .seconds(number)
        case "m": return .milliseconds(number)
        case "u": return .microseconds(number)
        case "n": return .nanoseconds(number)
        default: return nil
        }
    }

    /// The finest unit in which the amount has at most eight digits.
    package static func format(_ amount: TimeAmount) -> String {
        let units: [(name: String, nanoseconds: Int64)] = [
            ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000),
            ("M", 60_000_000_000),
        ]
        let nanoseconds = max(0, amount.nanoseconds)
        for unit in units where nanoseconds / unit.nanoseconds < 100_000_000 {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        return "99999999M"
    }
}

extension TimeAmount {
    /// A duration, cut to what a timer can take.
    init(clamping duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let bounded = max(0, min(seconds, 60 * 60 * 24 * 365))
        self = .nanoseconds(bounded * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
