import Model

extension LogCall {
    /// Events of a group's streams, by time. The tasks are read ``LogReading/tasksMaximum`` at a
    /// time, oldest first, so that of a group with more the order holds within so many.
    func filterEvents(_ reader: any LogReader) async throws(APIError) -> FilteredLogEvents {
        let limit = try limit(atMost: Self.eventsMaximum)
        let pattern = try FilterPattern(input.filterPattern ?? "")
        let all = try wanted()
        let tasks = Self.tasks(all)
        guard let oldest = tasks.first else { return FilteredLogEvents(events: []) }
        var position = FilterPosition(first: oldest)
        if let token = input.nextToken {
            guard let known = FilterPosition(token: token) else {
                throw invalid("The specified nextToken is invalid.")
            }
            position = known
        }
        // Those that went since are passed over.
        let rest = tasks.drop { !position.isUpTo($0) }
        let chosen = Set(rest.prefix(LogReading.tasksMaximum).map(\.id))
        let next = rest.dropFirst(LogReading.tasksMaximum).first
        var page = try await page(
            position, limit, pattern,
            LogReading(
                reader: reader, isEnding: isEnding,
                streams: all.filter { chosen.contains($0.stream.task) },
                since: max(
                    nanoseconds(input.startTime) ?? 0, position.time, try shownSince() ?? 0),
                // Events of that very millisecond are wanted here, and not by GetLogEvents.
                until: nanoseconds(input.endTime.map { $0 < .max ? $0 + 1 : $0 })))
        if page.nextToken == nil { page.nextToken = next.map { FilterPosition(first: $0).token } }
        return page
    }

    /// The streams that the request asks for, of tasks that were there in its time.
    private func wanted() throws(APIError) -> [(stream: LogStreamName, task: ECSTask)] {
        let names = input.logStreamNames.map { Set($0) }
        guard names == nil || input.logStreamNamePrefix == nil else {
            throw invalid("Give logStreamNames or logStreamNamePrefix, not both.")
        }
        return try streams().filter { stream, task in
            names?.contains(stream.text) ?? true
                && stream.text.hasPrefix(input.logStreamNamePrefix ?? "")
                && input.endTime.map { task.createdAt.milliseconds <= $0 } ?? true
                && Self.end(of: task) >= input.startTime ?? 0
        }
    }

    /// A task's clock and the manager's may differ.
    private static func end(of task: ECSTask) -> Int64 {
        task.stoppedAt.map { $0.milliseconds + 60_000 } ?? .max
    }

    private static func tasks(_ all: [(stream: LogStreamName, task: ECSTask)]) -> [ECSTask] {
        var tasks: [ECSTask] = []
        for (_, task) in all where tasks.last?.id != task.id { tasks.append(task) }
        return tasks
    }

    private func page(
        _ position: FilterPosition, _ limit: Int, _ pattern: FilterPattern, _ reading: LogReading
    ) async throws(APIError) -> FilteredLogEvents {
        var page = FilteredLogEvents(events: [])
        var bytes = 0
        var last = position
        let end = await reading.run { event in
            let stream = event.stream
            guard position.isBefore(stream.task, stream.container, event.place) else {
                return .goOn
            }
            let isMatch = pattern.matches(event.message)
            if isMatch {
                let isFull = bytes + event.bytes > LogReading.bytesMaximum
                guard page.events.count < limit, !isFull || page.events.isEmpty else {
                    return .enough
                }
                page.events.append(Self.rendered(event))
                bytes += event.bytes
            }
            last.time = event.place.time
            last.task = stream.task.description
            last.container = stream.container
            last.index = event.place.index
            return .goOn
        }
        if page.events.isEmpty, let problem = end.problem { throw unavailable(problem) }
        page.searchedLogStreams = reading.streams.filter { end.unread.contains($0.task.id) }.map {
            FilteredLogEvents.Searched(logStreamName: $0.stream.text, searchedCompletely: false)
        }
        if !end.isWhole { page.nextToken = last.token }
        return page
    }

    private static func rendered(_ event: LogReading.Event) -> FilteredLogEvents.Event {
        FilteredLogEvents.Event(
            logStreamName: event.stream.text, timestamp: event.timestamp, message: event.message,
            ingestionTime: event.timestamp, eventId: id(of: event))
    }

    /// 56 digits that the same event always has: its time, its stream, which of that time it is.
    private static func id(of event: LogReading.Event) -> String {
        // FNV-1a.
        let stream = event.stream.text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return LogPosition.padded(String(event.place.time), 20)
            + LogPosition.padded(String(stream), 20)
            + LogPosition.padded(String(event.place.index), 16)
    }
}
