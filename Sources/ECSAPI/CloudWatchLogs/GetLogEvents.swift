import DequeModule
import Model

extension LogCall {
    static let eventsMaximum = 10_000

    /// A page of one stream, oldest first: from a place on, or the last before one.
    func getEvents(_ reader: any LogReader) async throws(APIError) -> LogEventPage {
        let limit = try limit(atMost: Self.eventsMaximum)
        let name = input.logStreamName ?? ""
        guard let found = try streams().last(where: { $0.stream.text == name }) else {
            throw APIError(.resourceNotFound, "The specified log stream does not exist.")
        }
        var place: (position: LogPosition, isForward: Bool)?
        if let token = input.nextToken {
            place = LogPosition.read(token)
            guard place != nil else { throw invalid("The specified nextToken is invalid.") }
        }
        let isForward = place?.isForward ?? input.startFromHead ?? false
        var reading = LogReading(
            reader: reader, isEnding: isEnding, streams: [found],
            since: max(nanoseconds(input.startTime) ?? 0, try shownSince() ?? 0),
            until: nanoseconds(input.endTime))
        if let position = place?.position {
            if isForward {
                reading.since = max(position.time, reading.since)
            } else {
                reading.until = min(position.time + 1, reading.until ?? .max)
            }
        }
        return try await page(reading, place, isForward: isForward, limit)
    }

    private func page(
        _ reading: LogReading, _ place: (position: LogPosition, isForward: Bool)?,
        isForward: Bool, _ limit: Int
    ) async throws(APIError) -> LogEventPage {
        var events: Deque<LogReading.Event> = []
        var bytes = 0
        let end = await reading.run { event in
            if let place {
                let isWanted =
                    isForward ? event.place > place.position : event.place < place.position
                guard isWanted else { return .goOn }
            }
            let isFull = events.count == limit || bytes + event.bytes > LogReading.bytesMaximum
            if isForward, isFull, !events.isEmpty { return .enough }
            events.append(event)
            bytes += event.bytes
            while !isForward, events.count > limit || bytes > LogReading.bytesMaximum,
                events.count > 1
            {
                bytes -= events.removeFirst().bytes
            }
            return .goOn
        }
        if events.isEmpty, let problem = end.problem { throw unavailable(problem) }
        // At the end a token repeats.
        let same = place?.position ?? LogPosition(time: reading.since, index: 0)
        return LogEventPage(
            events: events.map {
                LogEventPage.Event(
                    timestamp: $0.timestamp, message: $0.message, ingestionTime: $0.timestamp)
            },
            nextForwardToken: (events.last?.place ?? same).token(isForward: true),
            nextBackwardToken: (events.first?.place ?? same).token(isForward: false))
    }
}
