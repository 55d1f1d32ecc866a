import ECSAPI
import HTTPTypes
import Hummingbird
import Metrics
import Model
import NIOCore
import Synchronization

/// `POST /muster/v1/exec?order=…`: a command, with ``ExecFrame``s in the request's body and in
/// the answer's, both at once. What is to be run is on the request line, so that it is signed.
struct ExecStreams: Sendable {
    static let path = "/muster/v1/exec"
    /// How long a client may take to read the end of its command when the server is to end.
    fileprivate static let farewell = Duration.seconds(5)

    private let endpoint: ExecEndpoint
    private let limits: Limits
    private let open = OpenCommands()

    init(endpoint: ExecEndpoint, limits: Limits) {
        self.endpoint = endpoint
        self.limits = limits
    }

    static func isAsked(by request: Request) -> Bool {
        // As the router reads paths; the path of ECS is the shortest there is.
        request.method == .post && request.uri.path.utf8.count >= path.utf8.count
            && request.uri.path.split(separator: "/") == path.split(separator: "/")
    }

    /// - Throws: ``APIError``; a command that can't be run is told that way.
    func respond(_ request: Request, _ context: Context) async throws(APIError) -> Response {
        guard let question = request.uri.queryParameters["order"] else {
            throw APIError(.invalidParameter, "Say what to run: ?order={\"task\": …}.")
        }
        let session = try await offLoop { () async throws(APIError) in
            try await endpoint.open(String(question))
        }
        let command = open.keep(session, on: context.channel)
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"],
            body: ResponseBody { [limits] writer in
                let link = ExecLink(
                    command.session, pulse: limits.execPulse, context.channel,
                    mayGoOn: context.mayGoOn)
                defer { link.close() }
                link.begin(reading: request.body)
                while let frame = await link.next() {
                    try await writer.write(ByteBuffer(bytes: frame.bytes))
                }
                try await writer.finish(nil)
                command.session.end()
                // A connection that is closed with input unread loses what was just written. Who
                // shows that it is there may take its time; the others' idle time ends them.
                await link.untilRead()
                withExtendedLifetime(command) {}
            })
    }

    /// Ends all commands: the server is to end.
    func close() { open.close() }
}

/// The commands that are under way, for who has to end them all.
private final class OpenCommands: Sendable {
    /// Ends its command when nobody holds it any more, whether it was carried or not.
    final class Place: Sendable {
        let session: any CommandSession
        private let number: Int
        private let owner: OpenCommands

        init(_ session: any CommandSession, _ number: Int, _ owner: OpenCommands) {
            self.session = session
            self.number = number
            self.owner = owner
        }

        deinit {
            session.end()
            owner.forget(number)
        }
    }

    private struct Command {
        let session: any CommandSession
        let channel: any Channel

        /// A client that does not read must not hold up the end of the server.
        func endWithServer() {
            session.end()
            _ = Deadline(ExecStreams.farewell, closing: channel)
        }
    }

    private struct State {
        var commands: [Int: Command] = [:]
        var last = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let shown = Gauge(label: "muster_exec_sessions")

    func keep(_ session: any CommandSession, on channel: any Channel) -> Place {
        let command = Command(session: session, channel: channel)
        let (number, isClosed, count) = state.withLock { state -> (Int, Bool, Int) in
            state.last += 1
            state.commands[state.last] = command
            return (state.last, state.isClosed, state.commands.count)
        }
        shown.record(count)
        if isClosed { command.endWithServer() }
        return Place(session, number, self)
    }

    private func forget(_ number: Int) {
        let count = state.withLock { state -> Int in
            state.commands[number] = nil
            return state.commands.count
        }
        shown.record(count)
    }

    func close() {
        let commands = state.withLock { state -> [Command] in
            state.isClosed = true
            return Array(state.commands.values)
        }
        for command in commands { command.endWithServer() }
    }
}
