import Foundation
import Model

/// A place in one container's output: after so many lines of one nanosecond.
struct LogPosition: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970.
    var time: Int64
    /// Counted from 1; 0 is before all of that time.
    var index: Int

    static let start = LogPosition(time: 0, index: 0)

    static func < (left: Self, right: Self) -> Bool {
        (left.time, left.index) < (right.time, right.index)
    }

    /// A token in the form of GetLogEvents' own: `f/…/s` goes on after the place, `b/…/s` before.
    func token(isForward: Bool) -> String {
        let digits = Self.padded(String(time), 20) + Self.padded(String(index), 36)
        return "\(isForward ? "f" : "b")/\(digits)/s"
    }

    init(time: Int64, index: Int) {
        self.time = time
        self.index = index
    }

    /// - Returns: `nil` for what is no such token.
    static func read(_ token: String) -> (position: LogPosition, isForward: Bool)? {
        let parts = token.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "f" || parts[0] == "b", parts[2] == "s",
            parts[1].utf8.count == 56, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let time = Int64(parts[1].prefix(20)), time < .max,
            let index = Int(parts[1].dropFirst(20))
        else { return nil }
        return (LogPosition(time: time, index: index), parts[0] == "f")
    }

    static func padded(_ digits: String, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Where FilterLogEvents goes on: tasks are searched some at a time, oldest first.
struct FilterPosition: Codable, Hashable, Sendable {
    /// The oldest task of those that are searched together, and when it was created: it may be
    /// forgotten when the token comes back.
    var first: String
    var createdAt: WallTime
    /// The last event that was told of: nanoseconds, task, container, and which of that time.
    var time: Int64
    var task: String
    var container: String
    var index: Int

    var token: String {
        ((try? JSONEncoder().encode(self)) ?? Data()).base64EncodedString()
    }

    init(first: ECSTask) {
        self.first = first.id.description
        createdAt = first.createdAt
        time = 0
        task = ""
        container = ""
        index = 0
    }

    init?(token: String) {
        guard let data = Data(base64Encoded: token),
            let position = try? JSONDecoder().decode(FilterPosition.self, from: data)
        else { return nil }
        self = position
    }

    /// Whether a task is of those that are searched together, or of later ones.
    func isUpTo(_ task: ECSTask) -> Bool {
        (createdAt, first) <= (task.createdAt, task.id.description)
    }

    /// Whether an event comes after it.
    func isBefore(_ task: TaskID, _ container: String, _ place: LogPosition) -> Bool {
        (time, self.task, self.container, index)
            < (place.time, task.description, container, place.index)
    }
}
