import Model

/// A time on the wire: epoch seconds with a fraction.
struct Timestamp: Codable, Sendable {
    var time: WallTime

    init(_ time: WallTime) {
        self.time = time
    }

    init?(_ time: WallTime?) {
        guard let time else { return nil }
        self.time = time
    }

    init(from decoder: any Decoder) throws {
        let seconds = try decoder.singleValueContainer().decode(Double.self)
        guard seconds.isFinite, abs(seconds) < 1e12 else {
            throw Violation(
                path: Violation.path(decoder.codingPath), value: "\(seconds)",
                constraint: "be a time in seconds since 1970")
        }
        time = WallTime(milliseconds: Int64((seconds * 1_000).rounded()))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Double(time.milliseconds) / 1_000)
    }
}
