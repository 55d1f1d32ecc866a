import Model

/// Task-level cpu and memory, which the API writes as text: units or MiB, or `1 vCPU` and `1GB`.
enum TaskSize {
    /// CPU units; `nil` for none. From 128 (an eighth of a core) to 196,608 (192 cores).
    static func cpu(_ text: String?) throws(APIError) -> Int? {
        guard let text, !text.isEmpty else { return nil }
        guard let units = amount(text, unit: "vcpu", factor: 1_024),
            (128...196_608).contains(units)
        else {
            throw APIError(
                .client,
                "Invalid 'cpu' setting for task. It should be 128 to 196608 CPU units or, for "
                    + "example, '1 vCPU'; it is '\(text.prefix(32))'.")
        }
        return units
    }

    /// MiB; `nil` for none.
    static func memory(_ text: String?) throws(APIError) -> Int? {
        guard let text, !text.isEmpty else { return nil }
        guard let size = amount(text, unit: "gb", factor: 1_024), (6...33_554_432).contains(size)
        else {
            throw APIError(
                .client,
                "Invalid 'memory' setting for task. It should be MiB or, for example, '1GB'; it is "
                    + "'\(text.prefix(32))'.")
        }
        return size
    }

    /// Whether Fargate has this size (ECS `Task.cpu`, `Task.memory`).
    static func isFargate(cpu: Int, memory: Int) -> Bool {
        let gib = 1_024
        switch cpu {
        case 256: return [512, gib, 2 * gib].contains(memory)
        case 512: return memory % gib == 0 && (1...4).contains(memory / gib)
        case 1_024: return memory % gib == 0 && (2...8).contains(memory / gib)
        case 2_048: return memory % gib == 0 && (4...16).contains(memory / gib)
        case 4_096: return memory % gib == 0 && (8...30).contains(memory / gib)
        case 8_192: return memory % (4 * gib) == 0 && (16...60).contains(memory / gib)
        case 16_384: return memory % (8 * gib) == 0 && (32...120).contains(memory / gib)
        default: return false
        }
    }

    private static func amount(_ text: String, unit: String, factor: Int) -> Int? {
        let lower = text.lowercased().filter { $0 != " " }
        guard lower.hasSuffix(unit) else { return Int(lower) }
        guard let number = Double(lower.dropLast(unit.count)), number >= 0, number < 1_000_000
        else {
            return nil
        }
        return Int((number * Double(factor)).rounded())
    }
}
