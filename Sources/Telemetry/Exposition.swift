/// Prometheus's text format 0.0.4 in the making.
struct Exposition {
    /// The value of `content-type`.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""
    private let help: [String: String]

    init(help: [String: String]) {
        self.help = help
    }

    /// Begins a metric; its samples follow.
    mutating func begin(_ name: String, _ kind: SeriesKind) {
        if let help = help[name] {
            let escaped = help.split(separator: "\\", omittingEmptySubsequences: false)
                .joined(separator: #"\\"#)
                .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: #"\n"#)
            text += "# HELP \(name) \(escaped)\n"
        }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: Labels, _ value: Int64) {
        text += "\(name)\(labels.braced) \(value)\n"
    }

    mutating func sample(_ name: String, _ labels: Labels, _ value: Double) {
        text += "\(name)\(labels.braced) \(Self.number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}

extension PrometheusMetrics {
    /// The `content-type` of what ``render()`` gives.
    public static let contentType = Exposition.contentType
}
