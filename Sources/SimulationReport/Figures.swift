/// Numbers as people read them.
enum Figures {
    /// `850ms`, `4.1s`, `2m05s`, `1h02m`.
    static func span(_ milliseconds: Int64) -> String {
        let tenths = (milliseconds + 50) / 100
        switch milliseconds {
        case ..<1_000: return "\(milliseconds)ms"
        case ..<60_000 where tenths < 600:
            return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
        default:
            let seconds = (milliseconds + 500) / 1_000
            guard seconds >= 3_600 else {
                return "\(seconds / 60)m\(padded(seconds % 60))s"
            }
            return "\(seconds / 3_600)h\(padded(seconds / 60 % 60))m"
        }
    }

    /// A moment since the start: `0:07`, `12:05`, `1:02:05`.
    static func moment(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1_000
        let minutes = "\(seconds / 60 % 60)"
        guard seconds >= 3_600 else { return "\(minutes):\(padded(seconds % 60))" }
        return "\(seconds / 3_600):\(padded(seconds / 60 % 60)):\(padded(seconds % 60))"
    }

    /// Three places, cut off rather than rounded: what is not whole never reads 100 %.
    static func percent(_ share: Double) -> String {
        let thousandths = Int64(share * 100_000)
        guard thousandths < 100_000 else { return "100 %" }
        let digits = "\(thousandths % 1_000)"
        let zeros = String(repeating: "0", count: 3 - digits.count)
        return "\(thousandths / 1_000).\(zeros)\(digits) %"
    }

    /// Of sorted numbers; the lower of two in the middle.
    static func median(_ sorted: [Int64]) -> Int64? {
        sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
    }

    static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    private static func padded(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
