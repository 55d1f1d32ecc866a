import ECSAPI
import Events
import HTTPTypes
import Hummingbird
import Metrics
import Model
import NIOCore

/// Events as they happen, as server-sent events (WHATWG HTML, "Server-sent events").
///
/// A stream has no buffer of its own: it writes what the client takes, and goes on in the hub's
/// ring from where it was. A client that falls out of the ring, or does not take what is written
/// within `Limits.answer`, is dropped.
struct EventStreams: Sendable {
    private let hub: EventHub
    private let limits: Limits
    private let open = BoundedCount()

    private let shown = Gauge(label: "muster_event_streams")
    private let refused = Counter(label: "muster_event_streams_refused_total")
    private let dropped = Counter(label: "muster_event_streams_dropped_total")

    init(hub: EventHub, limits: Limits) {
        self.hub = hub
        self.limits = limits
    }

    /// - Throws: ``APIError`` that says what to send.
    func respond(_ request: Request, _ context: Context) async throws(APIError) -> Response {
        let question = try EventQuestion(request)
        guard open.enter(atMost: limits.eventStreamsMaximum) else {
            refused.increment()
            throw APIError(
                .throttling,
                "\(limits.eventStreamsMaximum) event streams are open, which is the most. Close "
                    + "one first.")
        }
        shown.record(open.now)
        let place = Place { [open, shown] in
            open.leave()
            shown.record(open.now)
        }
        let reader = await hub.reader(from: question.start, slowness: .isEnd)
        var context = context
        // A stream holds nothing for its client.
        context.body = nil
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { [context] writer in
                try await write(reader, question, to: &writer, context)
                try await writer.finish(nil)
                withExtendedLifetime(place) {}
            })
    }

    @concurrent private func write(
        _ reader: EventReader, _ question: EventQuestion, to writer: inout any ResponseBodyWriter,
        _ context: Context
    ) async throws {
        let channel = context.channel
        var reader = reader
        let last = question.follows ? nil : reader.newest
        try await send(.heartbeat(at: reader.cursor), to: &writer, on: channel)
        var spoken = ContinuousClock.now
        while reader.hasGap || last.map({ reader.cursor < $0 }) ?? true {
            // A reader of the past lets go of a whole state, once it is through.
            let step = await offLoop { await reader.next() }
            // A key may have been revoked since the stream was opened.
            guard context.mayGoOn() else { return }
            switch step {
            case .events(let events):
                let text = ByteBuffer(
                    events: events.filter { question.filter.takes($0) }, upTo: reader.cursor)
                // Who is told nothing of much must hear that there is a manager, and be noticed
                // when it is gone.
                if text.readableBytes > 0 {
                    try await send(text, to: &writer, on: channel)
                } else if .now - spoken >= hub.limits.heartbeat {
                    try await send(.heartbeat(at: reader.cursor), to: &writer, on: channel)
                } else {
                    continue
                }
                spoken = .now
            case .quiet:
                try await send(.heartbeat(at: reader.cursor), to: &writer, on: channel)
                spoken = .now
            case .gap(let gap): try await send(.gap(gap), to: &writer, on: channel)
            case .behind:
                dropped.increment()
                return
            case .ended: return
            }
        }
    }

    @concurrent private func send(
        _ text: ByteBuffer, to writer: inout any ResponseBodyWriter, on channel: any Channel
    ) async throws {
        let deadline = Deadline(limits.answer, closing: channel)
        defer { deadline.cancel() }
        do {
            try await writer.write(text)
        } catch {
            // The client went, or was too slow.
            if deadline.isOver { dropped.increment() }
            throw error
        }
    }
}

/// What a client asks of a stream.
struct EventQuestion: Sendable {
    var start = EventReader.Start.now
    var filter = EventFilter()
    /// Whether it waits for what is yet to come.
    var follows = true

    init(_ request: Request) throws(APIError) {
        let parameters = request.uri.queryParameters
        let cursor = request.headers[.lastEventID] ?? parameters["after"].map(String.init)
        if let cursor, !cursor.isEmpty {
            guard let place = EventCursor(cursor) else {
                throw Self.wrong("Last-Event-ID", cursor, "an id that came with an event")
            }
            start = .after(place)
        } else if let since = parameters["since"] {
            guard let milliseconds = Int64(since) else {
                throw Self.wrong("since", since, "a time in milliseconds since 1970")
            }
            start = .since(WallTime(milliseconds: milliseconds))
        }
        filter.region = parameters["region"].map(String.init)
        filter.cluster = parameters["cluster"].map { name in
            String(name.split(separator: "/").last ?? name)
        }
        let kinds = parameters.getAll("detail-type")
        if !kinds.isEmpty { filter.kinds = try Self.kinds(kinds.map { String($0) }) }
        switch parameters["follow"] {
        case nil, "true": break
        case "false": follows = false
        case let other?: throw Self.wrong("follow", other, "true or false")
        }
    }

    private static func kinds(_ names: [String]) throws(APIError) -> Set<ECSEvent.Kind> {
        var kinds: Set<ECSEvent.Kind> = []
        for name in names {
            guard let kind = ECSEvent.Kind(rawValue: name) else {
                let all = ECSEvent.Kind.allCases.map { "'\($0.rawValue)'" }
                throw wrong("detail-type", name, "one of \(all.joined(separator: ", "))")
            }
            kinds.insert(kind)
        }
        return kinds
    }

    private static func wrong(
        _ name: String, _ value: some StringProtocol, _ right: String
    ) -> APIError {
        APIError(.invalidParameter, "\(name) '\(value.prefix(64))' is wrong: give \(right).")
    }
}

extension HTTPField.Name {
    static let lastEventID = known("Last-Event-ID")
}

extension ByteBuffer {
    /// Each with its place as `id`; the last place also where the last event was left out.
    fileprivate init(events: [ECSEvent], upTo cursor: EventCursor) {
        self.init()
        for event in events {
            writeString("id: \(event.cursor)\ndata: ")
            writeBytes(event.json)
            writeString("\n\n")
        }
        if events.last?.cursor != cursor, !events.isEmpty { writeString("id: \(cursor)\n\n") }
    }

    /// A comment, and the place for who comes back: what is before it was told or left out.
    fileprivate static func heartbeat(at cursor: EventCursor) -> ByteBuffer {
        ByteBuffer(string: ": \(cursor)\nid: \(cursor)\n\n")
    }

    /// An event of the type `gap`.
    fileprivate static func gap(_ gap: EventGap) -> ByteBuffer {
        // Nothing in it needs to be escaped but what a reason may quote.
        let reason = gap.reason.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: " ")
        return ByteBuffer(
            string: """
                id: \(gap.next)
                event: gap
                data: {"after":"\(gap.after)","next":"\(gap.next)","reason":"\(reason)"}


                """)
    }
}
