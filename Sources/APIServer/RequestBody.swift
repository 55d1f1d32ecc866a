import Hummingbird
import NIOCore

/// What a request is handled with: Hummingbird's own context and the channel, whose deadlines the
/// body and the answer have.
struct Context: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The request's body, where it was read to look at the signature.
    var body: [UInt8]?
    /// Whether the one who asked may still be answered: for answers that take long.
    var mayGoOn: @Sendable () -> Bool = { true }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

extension Endpoints {
    /// Reads the body within its bounds, answers, and bounds the time that the client takes to read
    /// the answer.
    func withBody(
        _ request: Request, _ context: Context,
        _ answer: ([UInt8], _ requestID: String) async -> Response
    ) async -> Response {
        let id = RequestID.next()
        // A browser adds Origin to what a page posts, and no AWS client does: a web page must not
        // drive a control plane on its visitor's machine.
        guard request.headers[.origin] == nil else {
            return .ofWebPage(id)
        }
        let body: [UInt8]
        if let read = context.body {
            body = read
        } else {
            switch await request.body(within: configuration.limits, on: context.channel) {
            case .refused(let refusal): return refusal.response(id)
            case .whole(let bytes): body = bytes
            }
        }
        return await answer(body, id).within(configuration.limits.answer, on: context.channel)
    }
}

extension Request {
    enum ReadBody {
        case whole([UInt8])
        case refused(BodyRefusal)
    }

    /// A body over its limit is refused. Even then it is read to its end (and dropped): clients
    /// send all of it before they read an answer, and the connection stays usable.
    func body(within limits: Limits, on channel: any Channel) async -> ReadBody {
        let deadline = Deadline(limits.body, closing: channel)
        defer { deadline.cancel() }
        var bytes: [UInt8]? = []
        do {
            for try await chunk in body {
                if let count = bytes?.count, count + chunk.readableBytes <= limits.bodyMaximum {
                    bytes?.append(contentsOf: chunk.readableBytesView)
                } else {
                    bytes = nil
                }
            }
        } catch {
            return .refused(.unreadable)
        }
        return bytes.map { .whole($0) } ?? .refused(.tooLarge(maximum: limits.bodyMaximum))
    }
}

/// Why a request's body was not taken.
enum BodyRefusal {
    case unreadable
    case tooLarge(maximum: Int)

    func response(_ id: String) -> Response {
        switch self {
        case .unreadable:
            .awsError(
                status: .badRequest, type: "SerializationException",
                message: "The request body could not be read.", id)
        case .tooLarge(let maximum):
            .awsError(
                status: .contentTooLarge, type: "RequestEntityTooLargeException",
                message: "The request body is over the limit of \(maximum) bytes.", id)
        }
    }
}

/// Closes a channel unless it is cancelled in time.
struct Deadline: Sendable {
    private let scheduled: Scheduled<Void>
    private let due: ContinuousClock.Instant

    init(_ limit: Duration, closing channel: any Channel) {
        due = .now + limit
        scheduled = channel.eventLoop.scheduleTask(in: limit.timeAmount) {
            channel.close(promise: nil)
        }
    }

    var isOver: Bool { .now >= due }

    func cancel() { scheduled.cancel() }
}

extension Response {
    /// Refuses what a browser's page asks.
    static func ofWebPage(_ requestID: String) -> Response {
        .awsError(
            status: .forbidden, type: "AccessDeniedException",
            message: "Requests of web pages (with an Origin header) are refused.", requestID)
    }

    /// Closes the channel when the client has not taken this answer in time. Small answers fit the
    /// socket's buffer and need no clock.
    func within(_ limit: Duration, on channel: any Channel) -> Response {
        guard let length = body.contentLength, length > 65_536 else { return self }
        let whole = body
        var response = self
        response.body = ResponseBody(contentLength: length) { writer in
            let deadline = Deadline(limit, closing: channel)
            defer { deadline.cancel() }
            try await whole.write(writer)
        }
        return response
    }
}
