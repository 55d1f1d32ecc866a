import Events
import Foundation
import Logging
import Model

/// How a setting's text becomes a value. Each says what would be right when it is not.
enum Parse {
    static func text(_ raw: RawValue) throws(Complaint) -> String {
        guard case .text(let text) = raw else { throw Complaint("one value is expected.") }
        return text
    }

    /// A list, or a text with commas.
    static func list(_ raw: RawValue) throws(Complaint) -> [String] {
        switch raw {
        case .text(let text):
            return text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        case .list(let items): return items
        case .pairs: throw Complaint("a list is expected.")
        }
    }

    static func address(_ raw: RawValue) throws(Complaint) -> Address {
        try Address(text(raw))
    }

    static func addresses(_ raw: RawValue) throws(Complaint) -> [Address] {
        var addresses: [Address] = []
        for item in try list(raw) { addresses.append(try Address(item)) }
        guard !addresses.isEmpty else { throw Complaint("at least one HOST:PORT is expected.") }
        return addresses
    }

    static func flag(_ raw: RawValue) throws(Complaint) -> Bool {
        switch try text(raw).lowercased() {
        case "true", "yes", "1", "on": true
        case "false", "no", "0", "off": false
        default: throw Complaint("'\(try text(raw))' is neither true nor false.")
        }
    }

    static func number(
        _ range: ClosedRange<Int>
    ) -> (RawValue) throws(Complaint) -> Int {
        { raw throws(Complaint) in
            let text = try text(raw)
            guard let number = Int(text), range.contains(number) else {
                throw Complaint(
                    "'\(text)' is no whole number from \(range.lowerBound) to \(range.upperBound).")
            }
            return number
        }
    }

    /// `500ms`, `3s`, `1.5m`, `1h`, `7d`, or several as in `1m30s`, the form of ECS's agent.
    static func duration(
        _ range: ClosedRange<Duration>
    ) -> (RawValue) throws(Complaint) -> Duration {
        { raw throws(Complaint) in
            let text = try text(raw)
            guard let duration = Duration(span: text) else {
                throw Complaint("'\(text)' is no time span. Write 500ms, 3s, 1m30s, 1h or 7d.")
            }
            guard range.contains(duration) else {
                throw Complaint(
                    "\(text) is not from \(range.lowerBound.short) to \(range.upperBound.short).")
            }
            return duration
        }
    }

    static func webhook(_ raw: RawValue) throws(Complaint) -> WebhookTarget {
        let url = try text(raw)
        do {
            return try WebhookTarget(url)
        } catch {
            throw Complaint(error.text)
        }
    }

    static func logLevel(_ raw: RawValue) throws(Complaint) -> Logger.Level {
        let text = try text(raw)
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw Complaint("'\(text)' is no log level. There are: \(levels).")
        }
        return level
    }

    /// The name of a cluster or a worker.
    static func name(_ raw: RawValue) throws(Complaint) -> String {
        let text = try text(raw)
        guard isName(text, maximum: 255, extra: "_-.") && !text.hasPrefix(".") else {
            throw Complaint(
                "'\(text)' is no name. Use 1 to 255 letters, digits, '-', '_' and '.'.")
        }
        return text
    }

    static func region(_ raw: RawValue) throws(Complaint) -> String {
        let text = try text(raw)
        guard isName(text, maximum: 32, extra: "-"), text == text.lowercased() else {
            throw Complaint("'\(text)' is no region. Write one like us-east-1.")
        }
        return text
    }

    static func account(_ raw: RawValue) throws(Complaint) -> String {
        let text = try text(raw)
        guard text.utf8.count == 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Complaint("'\(text)' is no account. An account has 12 digits.")
        }
        return text
    }

    /// `[22, 8080]` as ECS's agent writes it, or `22,8080`.
    static func ports(_ raw: RawValue) throws(Complaint) -> [Int] {
        var ports: [Int] = []
        for item in try list(raw) {
            let digits = item.trimmingCharacters(in: CharacterSet(charactersIn: "[] \t"))
            if digits.isEmpty { continue }
            guard let port = Int(digits), (1...65_535).contains(port) else {
                throw Complaint("'\(digits)' is no port. Write ports as 22,8080 or [22, 8080].")
            }
            ports.append(port)
        }
        return ports
    }

    private static func isName(_ text: String, maximum: Int, extra: String) -> Bool {
        (1...maximum).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
                    || extra.unicodeScalars.contains($0)
            }
    }
}
