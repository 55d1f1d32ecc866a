import Model

/// Reads what was written by some containers within a time, for one answer.
struct LogReading {
    /// Tasks that are read at a time.
    static let tasksMaximum = 48
    /// Bytes of all events of an answer, each counted as 26 more than its message has.
    static let bytesMaximum = 1 << 20
    /// How long a worker is waited for before an answer has what there is.
    static let patience = Duration.seconds(20)

    struct Event {
        var stream: LogStreamName
        var place: LogPosition
        var entry: LogEntry
        var message: String

        var bytes: Int { message.utf8.count + 26 }
        /// Milliseconds since 1970.
        var timestamp: Int64 { place.time / 1_000_000 }
    }

    /// What a look at an event says of the reading.
    enum Verdict {
        case goOn
        case enough
    }

    let reader: any LogReader
    let isEnding: @Sendable () -> Bool
    let streams: [(stream: LogStreamName, task: ECSTask)]
    /// Nanoseconds since 1970.
    var since: Int64
    var until: Int64?

    /// How a reading ended.
    struct End {
        /// Why a task could not be read, the first of them.
        var problem: String?
        /// Those that could not be read.
        var unread: Set<TaskID> = []
        /// Whether all were read that could be.
        var isWhole = false
    }

    /// Shows each event, by time.
    func run(_ look: (Event) -> Verdict) async -> End {
        let gathering = LogGathering(reader)
        defer { gathering.close() }
        let names = begin(gathering)
        var underWay = Set(streams.map(\.stream.task))
        // Those whose images are being fetched have nothing to be read, which is no problem.
        let started = Set(streams.lazy.filter { $0.task.startedAt != nil }.map(\.task.id))
        var places: [LogStreamName: LogPosition] = [:]
        var end = End()
        let deadline = ContinuousClock.now + Self.patience
        while !underWay.isEmpty, .now < deadline, !isEnding(), let items = await gathering.next() {
            for item in items {
                switch item {
                case .notice(let task, let sentence):
                    guard started.contains(task) else { continue }
                    end.problem = end.problem ?? sentence
                    end.unread.insert(task)
                case .entry(let task, let entry):
                    guard let stream = names[task]?[entry.container] else { continue }
                    let place = Self.place(entry.time, after: places[stream])
                    places[stream] = place
                    let event = Event(
                        stream: stream, place: place, entry: entry,
                        message: String(decoding: entry.text, as: UTF8.self))
                    if look(event) == .enough { return end }
                }
            }
            for task in gathering.ends().keys { underWay.remove(task) }
        }
        end.isWhole = underWay.isEmpty
        return end
    }

    /// - Returns: The streams by their tasks and containers.
    private func begin(_ gathering: LogGathering) -> [TaskID: [String: LogStreamName]] {
        var names: [TaskID: [String: LogStreamName]] = [:]
        for (stream, _) in streams { names[stream.task, default: [:]][stream.container] = stream }
        var begun: Set<TaskID> = []
        for (_, task) in streams where begun.insert(task.id).inserted {
            let containers = names[task.id] ?? [:]
            gathering.add(
                LogOrder(
                    task: task.id, container: containers.count == 1 ? containers.keys.first : nil,
                    since: since, until: until),
                on: task.instance)
        }
        return names
    }

    private static func place(_ time: Int64, after last: LogPosition?) -> LogPosition {
        LogPosition(time: time, index: last?.time == time ? (last?.index ?? 0) + 1 : 1)
    }
}
