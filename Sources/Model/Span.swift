extension Duration {
    /// Reads `500ms`, `3s`, `1.5m`, `1h`, `7d`, or several as in `1m30s`, the form of ECS's agent;
    /// `nil` for anything else.
    public init?(span text: String) {
        var sum = Duration.zero
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), value < 1e9 else { return nil }
            switch unit {
            case "ms": sum += .milliseconds(value)
            case "s": sum += .seconds(value)
            case "m": sum += .seconds(value * 60)
            case "h": sum += .seconds(value * 3_600)
            case "d": sum += .seconds(value * 86_400)
            default: return nil
            }
        }
        self = sum
    }

    /// Such as `250ms` or `3s`; ``init(span:)`` reads it back.
    public var short: String {
        milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }
}
