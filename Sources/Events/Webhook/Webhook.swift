import ECSAPI
public import Logging
import Metrics
import NIOCore
public import NIOSSL
public import ServiceLifecycle

/// Posts all events to one receiver, in order, each at least once.
///
/// A batch is a JSON array of at most ``EventHub/Limits/batchEvents`` events. The next one is only
/// posted when the receiver has taken it (a status from 200 to 299); until then it is posted again,
/// later each time. The events that wait are those that the journal keeps: beyond that, the oldest
/// are lost, which is counted.
public struct Webhook: Service {
    public struct Configuration: Sendable {
        public var target: WebhookTarget
        /// The file that keeps the place over restarts.
        public var placeFile: String
        public var retries = RetryPlan()
        /// For one attempt.
        public var timeout = Duration.seconds(10)
        public var roots = NIOSSLTrustRoots.default

        public init(target: WebhookTarget, placeFile: String) {
            self.target = target
            self.placeFile = placeFile
        }
    }

    private let configuration: Configuration
    private let hub: EventHub
    private let place: WebhookPlace
    private let post: WebhookPost
    private let logger: Logger

    private let delivered = Counter(label: "muster_webhook_events_total")
    private let failures = Counter(label: "muster_webhook_failures_total")
    private let lost = Counter(label: "muster_webhook_lost_events_total")
    private let gaps = Counter(label: "muster_webhook_gaps_total")
    private let behind = Gauge(label: "muster_webhook_behind_changes")

    /// - Throws: When the system's certificates can't be read.
    public init(_ configuration: Configuration, hub: EventHub, logger: Logger) throws {
        self.configuration = configuration
        self.hub = hub
        self.logger = logger
        place = WebhookPlace(path: configuration.placeFile, target: configuration.target)
        post = try WebhookPost(
            configuration.target, limit: configuration.timeout, roots: configuration.roots)
    }

    /// Posts until it is told to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await deliver() }
        // The hub may be closed before: that is no reason to end all others.
        try? await gracefulShutdown()
    }

    private func deliver() async {
        var reader = await hub.reader(from: start(), slowness: .catchesUp)
        logger.info(
            "events are posted",
            metadata: ["receiver": "\(configuration.target)", "after": "\(reader.cursor)"])
        keep(reader.cursor)
        var kept = reader.cursor
        while !Task.isCancelled {
            switch await reader.next() {
            case .events(let events):
                guard await deliver(events, upTo: reader.cursor) else { return }
            case .quiet: break
            case .gap(let gap): report(gap)
            case .behind, .ended: return
            }
            if reader.cursor != kept { keep(reader.cursor) }
            kept = reader.cursor
            behind.record(hub.newest.revision - min(kept.revision, hub.newest.revision))
        }
    }

    /// Where the receiver is. If that can't be told, at the oldest that is kept: rather twice
    /// than never.
    private func start() -> EventReader.Start {
        do {
            return try place.read().map { .after($0) } ?? .now
        } catch {
            logger.error(
                "the place of the events' receiver can't be read: all that is kept is posted",
                metadata: ["file": "\(configuration.placeFile)", "error": "\(error)"])
            return .after(EventCursor(revision: 0))
        }
    }

    /// Posts a batch until it is taken, or given up.
    ///
    /// - Returns: False when it was told to stop before.
    private func deliver(_ events: [ECSEvent], upTo cursor: EventCursor) async -> Bool {
        guard !events.isEmpty else { return true }
        let body = Self.body(events)
        let began = ContinuousClock.now
        var random = SystemRandomNumberGenerator()
        var attempt = 1
        while true {
            do throws(PostFailure) {
                try await post.send(
                    body,
                    [
                        ("Muster-Event-Cursor", "\(cursor)"), ("Muster-Attempt", "\(attempt)"),
                        ("User-Agent", "muster"),
                    ])
                delivered.increment(by: events.count)
                return true
            } catch {
                if Task.isCancelled { return false }
                failures.increment()
                guard .now - began < configuration.retries.giveUpAfter else {
                    lost.increment(by: events.count)
                    log(error, "events are given up", events.count, attempt)
                    return true
                }
                // The first, and then each time that it got ten times as many.
                if [1, 10, 100, 1_000].contains(attempt) {
                    log(error, "events could not be posted", events.count, attempt)
                }
                let delay = configuration.retries.delay(after: attempt, using: &random)
                attempt += 1
                guard (try? await Task.sleep(for: delay)) != nil else { return false }
            }
        }
    }

    private static func body(_ events: [ECSEvent]) -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(events.reduce(2) { $0 + $1.json.count + 1 })
        for (index, event) in events.enumerated() {
            body.writeString(index == 0 ? "[" : ",")
            body.writeBytes(event.json)
        }
        body.writeString("]")
        return body
    }

    private func keep(_ cursor: EventCursor) {
        do {
            try place.write(cursor)
        } catch {
            logger.error(
                "the place of the webhook could not be kept; after a restart events come again",
                metadata: ["file": "\(configuration.placeFile)", "error": "\(error)"])
        }
    }

    private func report(_ gap: EventGap) {
        gaps.increment()
        logger.warning(
            "events were lost before they could be posted",
            metadata: [
                "receiver": "\(configuration.target)", "after": "\(gap.after)",
                "next": "\(gap.next)", "reason": "\(gap.reason)",
            ])
    }

    private func log(
        _ failure: PostFailure, _ message: Logger.Message, _ count: Int, _ attempt: Int
    ) {
        logger.warning(
            message,
            metadata: [
                "receiver": "\(configuration.target)", "events": "\(count)",
                "attempt": "\(attempt)", "reason": "\(failure.sentence)",
            ])
    }
}
