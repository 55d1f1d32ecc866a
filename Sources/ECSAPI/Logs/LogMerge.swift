import DequeModule
import Model

/// Brings the output of several tasks into one sequence by time.
///
/// A line goes out when every task from which an older one may come has said its next. One that has
/// said all there is (`quiet`) is waited for no more: what it says later goes out as it comes.
struct LogMerge {
    private struct Source {
        var entries: Deque<LogEntry> = []
        var isQuiet = false
    }

    private var sources: [TaskID: Source] = [:]
    private var notices: [LogItem] = []
    /// Those of which all that was given was taken.
    private var drained: Set<TaskID> = []

    mutating func add(_ task: TaskID) {
        sources[task] = Source()
    }

    mutating func give(_ task: TaskID, _ entries: [LogEntry]) {
        sources[task]?.entries.append(contentsOf: entries)
        drained.remove(task)
    }

    mutating func quiet(_ task: TaskID) {
        sources[task]?.isQuiet = true
    }

    /// Those without whose next line nothing more goes out.
    var waitedFor: [TaskID] {
        sources.filter { !$0.value.isQuiet && $0.value.entries.isEmpty }.map(\.key)
    }

    /// It has said all, and its last was taken.
    mutating func remove(_ task: TaskID) {
        sources[task] = nil
        drained.remove(task)
    }

    mutating func notice(_ task: TaskID, _ sentence: String) {
        notices.append(.notice(task, sentence))
    }

    var hasNotices: Bool { !notices.isEmpty }

    /// What may go out now.
    mutating func take() -> [LogItem] {
        defer { notices = [] }
        var items = notices
        while let task = next() {
            guard let entry = sources[task]?.entries.popFirst() else { break }
            items.append(.entry(task, entry))
            if sources[task]?.entries.isEmpty == true { drained.insert(task) }
        }
        return items
    }

    /// Those of which all was taken since the last call.
    mutating func forgetDrained() -> Set<TaskID> {
        defer { drained = [] }
        return drained
    }

    /// The task with the oldest line; `nil` when none may go out.
    private func next() -> TaskID? {
        var oldest: (time: Int64, task: TaskID)?
        for (task, source) in sources {
            guard let entry = source.entries.first else {
                if source.isQuiet { continue }
                return nil
            }
            let candidate = (time: entry.time, task: task)
            if oldest.map({ candidate < $0 }) ?? true { oldest = candidate }
        }
        return oldest?.task
    }
}
