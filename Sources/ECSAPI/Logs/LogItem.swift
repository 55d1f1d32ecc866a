public import Model

/// What one who reads output is told.
public enum LogItem: Hashable, Sendable {
    case entry(TaskID, LogEntry)
    /// Something about a task that whoever reads ought to know, in a sentence.
    case notice(TaskID, String)

    /// A JSON object: `time`, `task`, `container`, `stream` and `text` of a line, in which bytes
    /// that are no UTF-8 are replaced; `task` and `notice` of a notice.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            switch self {
            case .entry(let task, let entry):
                json.member("time", Self.text(of: entry.time))
                json.member("task", task.description)
                json.member("container", entry.container)
                json.member("stream", entry.isError ? "stderr" : "stdout")
                json.member("text", String(decoding: entry.text, as: UTF8.self))
            case .notice(let task, let sentence):
                json.member("task", task.description)
                json.member("notice", sentence)
            }
        }
        return writer.bytes
    }

    /// `2025-01-01T12:00:00.250000000Z`.
    private static func text(of nanoseconds: Int64) -> String {
        let digits = String(nanoseconds % 1_000_000_000)
        let padded = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
        return WallTime(milliseconds: nanoseconds / 1_000_000).text.dropLast(4) + padded + "Z"
    }
}
