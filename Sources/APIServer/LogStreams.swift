import ECSAPI
import HTTPTypes
import Hummingbird
import Metrics
import Model
import NIOCore
import Synchronization

/// `POST /muster/v1/logs`: output of containers as server-sent events, one a line, and a `notice`
/// where something can't be read. A stream holds no more than its tasks' next pieces: what the
/// client does not take stays with the workers.
struct LogStreams: Sendable {
    /// Events that are written at once.
    private static let pieceMaximum = 256 << 10
    /// How often a client hears that the manager is there.
    private static let heartbeat = Duration.seconds(15)

    private let endpoint: LogEndpoint
    private let limits: Limits
    private let open = BoundedCount()
    private let feeds = OpenFeeds()
    private let shown = Gauge(label: "muster_log_streams")

    init(endpoint: LogEndpoint, limits: Limits) {
        self.endpoint = endpoint
        self.limits = limits
    }

    /// - Throws: ``APIError``; what is wrong with a single task is told in the stream.
    func respond(_ body: [UInt8], _ context: Context) async throws(APIError) -> Response {
        guard open.enter(atMost: limits.logStreamsMaximum) else {
            throw APIError(
                .throttling,
                "\(limits.logStreamsMaximum) streams of output are open, which is the most. Close "
                    + "one first.")
        }
        let feed: LogFeed
        do throws(APIError) {
            feed = try await offLoop { () throws(APIError) in try endpoint.open(body) }
        } catch {
            open.leave()
            throw error
        }
        shown.record(open.now)
        let number = feeds.keep(feed)
        // Also where the client has gone: the workers must hear of it.
        let place = Place { [open, shown, feeds] in
            feed.close()
            feeds.forget(number)
            open.leave()
            shown.record(open.now)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await write(feed, to: &writer, context)
                try await writer.finish(nil)
                withExtendedLifetime(place) {}
            })
    }

    /// Answers a single question about output, which takes a stream's place meanwhile.
    func look<Answer: Sendable>(
        _ body: () async throws(APIError) -> Answer
    ) async throws(APIError) -> Answer {
        guard open.enter(atMost: limits.logStreamsMaximum) else {
            throw APIError(.throttling, "Rate exceeded")
        }
        defer { open.leave() }
        return try await offLoop(body)
    }

    /// Ends all streams: the server is to end.
    func close() { feeds.close() }

    var isClosed: Bool { feeds.isClosed }

    @concurrent private func write(
        _ feed: LogFeed, to writer: inout any ResponseBodyWriter, _ context: Context
    ) async throws {
        var feed = feed
        try await send(.alive, to: &writer, context)
        var spoken = ContinuousClock.now
        // Merging and writing out thousands of lines is not for the connection's loop.
        while let pieces = await offLoop({ await Self.pieces(of: &feed) }) {
            guard context.mayGoOn() else { return }
            if pieces.isEmpty && .now - spoken < Self.heartbeat { continue }
            for piece in pieces.isEmpty ? [.alive] : pieces {
                try await send(piece, to: &writer, context)
            }
            spoken = .now
        }
    }

    /// What comes next; `nil` at the end.
    private static func pieces(of feed: inout LogFeed) async -> [ByteBuffer]? {
        guard let items = await feed.next() else { return nil }
        var pieces: [ByteBuffer] = []
        var text = ByteBuffer()
        for item in items {
            text.write(item)
            guard text.readableBytes >= pieceMaximum else { continue }
            pieces.append(text)
            text = ByteBuffer()
        }
        if text.readableBytes > 0 { pieces.append(text) }
        return pieces
    }

    @concurrent private func send(
        _ text: ByteBuffer, to writer: inout any ResponseBodyWriter, _ context: Context
    ) async throws {
        let deadline = Deadline(limits.answer, closing: context.channel)
        defer { deadline.cancel() }
        try await writer.write(text)
    }
}

/// The streams that are under way, for who has to end them all.
private final class OpenFeeds: Sendable {
    private struct State {
        var feeds: [Int: LogFeed] = [:]
        var last = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    func keep(_ feed: LogFeed) -> Int {
        let (number, isClosed) = state.withLock { state -> (Int, Bool) in
            state.last += 1
            state.feeds[state.last] = feed
            return (state.last, state.isClosed)
        }
        if isClosed { feed.close() }
        return number
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func forget(_ number: Int) {
        state.withLock { $0.feeds[number] = nil }
    }

    func close() {
        let feeds = state.withLock { state -> [LogFeed] in
            state.isClosed = true
            return Array(state.feeds.values)
        }
        for feed in feeds { feed.close() }
    }
}

extension ByteBuffer {
    /// A comment.
    fileprivate static let alive = ByteBuffer(string: ":\n\n")

    fileprivate mutating func write(_ item: LogItem) {
        if case .notice = item { writeString("event: notice\n") }
        writeString("data: ")
        writeBytes(item.json)
        writeString("\n\n")
    }
}
