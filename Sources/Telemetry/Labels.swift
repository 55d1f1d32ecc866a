/// The labels of a series, as they stand between name and value: `{a="1",b="2"}`, sorted, or
/// nothing.
struct Labels: Hashable, Comparable, Sendable {
    /// Labels of one series; further ones are left out.
    private static let countMaximum = 16
    /// Bytes of a value; the rest is cut off.
    private static let valueMaximum = 256

    /// `name="value"`, separated by commas.
    let text: String

    static let none = Labels(text: "")
    /// What all label sets of a metric share when there are too many.
    static let overflow = Labels(text: "overflow=\"true\"")

    private init(text: String) {
        self.text = text
    }

    /// Of two values of one name the first counts. `le` is Prometheus's own.
    init(_ dimensions: [(String, String)]) {
        guard !dimensions.isEmpty else {
            self = .none
            return
        }
        var values: [String: String] = [:]
        for (name, value) in dimensions.prefix(Self.countMaximum) {
            let name = MetricName.label(name)
            if values[name] == nil { values[name == "le" ? "exported_le" : name] = value }
        }
        text = values.sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    }

    var braced: String { text.isEmpty ? "" : "{\(text)}" }

    /// The same with the upper end of a histogram's bucket.
    func with(end: Double) -> Labels {
        let end = "le=\"\(Exposition.number(end))\""
        return Labels(text: text.isEmpty ? end : "\(text),\(end)")
    }

    static func < (left: Labels, right: Labels) -> Bool { left.text < right.text }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        var bytes = 0
        for scalar in value.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= valueMaximum else { break }
            switch scalar {
            case "\\": escaped += #"\\"#
            case "\"": escaped += #"\""#
            case "\n": escaped += #"\n"#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// Names as Prometheus takes them: what else they hold becomes `_`.
enum MetricName {
    /// Bytes of a name; the rest is cut off.
    private static let maximum = 128

    static func metric(_ name: String) -> String { clean(name) { $0 == 0x3A } }
    static func label(_ name: String) -> String { clean(name) { _ in false } }

    private static func clean(_ name: String, also isAllowed: (UInt8) -> Bool) -> String {
        var bytes = name.utf8.prefix(maximum).map { byte -> UInt8 in
            isWord(byte) || isAllowed(byte) ? byte : 0x5F
        }
        if bytes.first.map(isDigit) ?? true { bytes.insert(0x5F, at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == 0x5F || (0x61...0x7A).contains(byte | 0x20)
    }
}
