public import Logging
public import NIOCore
import Synchronization

/// A client that keeps itself connected: to the first of its targets that can be had, again when
/// the connection is lost, and not at all while there are no calls.
///
/// A call made while there is no connection waits for one. If connecting fails it ends with
/// `UNAVAILABLE`, unless it was made with `waitForReady`: then only its deadline, its cancellation
/// or the channel's end keep it from being made. A call that the server says it did not handle is
/// made again by the channel itself; any other that fails is the caller's to repeat.
public final class RPCChannel: Sendable {
    /// gRPC's states of connectivity.
    public enum State: Hashable, Sendable {
        /// Not connected, and no call that needs it.
        case idle
        case connecting
        case ready
        /// Connecting failed; after a pause it is tried again if a call waits for it.
        case transientFailure
        /// For ever.
        case shutdown
    }

    let eventLoop: any EventLoop
    let links: NIOLoopBoundBox<ChannelLinks>
    let configuration: RPCChannelConfiguration
    private let current: ChannelState
    private let lastCall = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - targets: tried in turn; at least one. Of a name, all addresses are tried.
    ///   - tls: asked at each connection, so that a renewed certificate is taken up; `nil` means no
    ///     TLS, an error a failed attempt.
    public init(
        targets: [RPCTarget],
        tls: @escaping @Sendable (RPCTarget) throws -> RPCClientTLS? = { _ in nil },
        group: any EventLoopGroup, configuration: RPCChannelConfiguration = .init(),
        logger: Logger
    ) {
        precondition(!targets.isEmpty, "a channel needs a target")
        let loop = group.next()
        let current = ChannelState()
        eventLoop = loop
        self.configuration = configuration
        self.current = current
        let links = ChannelLinks(
            targets: targets, tls: tls, configuration: configuration, eventLoop: loop,
            logger: logger, draw: { Double.random(in: -1...1) },
            onState: { current.changed(to: $0) })
        self.links = NIOLoopBoundBox.makeBoxSendingValue(links, eventLoop: loop)
    }

    deinit {
        eventLoop.execute { [links] in
            links.value.apply(.shutDown)
            links.value.apply(.closeAll)
        }
    }

    public var state: State { current.state }

    /// Waits until the channel is in another state than this one, or the task is cancelled. Returns
    /// the state that it is in then; it may have been in others meanwhile.
    public func state(otherThan known: State) async -> State {
        await current.wait(past: known)
    }

    /// Connects unless it is connected. Throws why it can't when `waitForReady` is false.
    public func connect(timeout: Duration? = nil, waitForReady: Bool = false) async throws(RPCError)
    {
        _ = try await wait(for: nil, timeout: timeout, waitForReady: waitForReady)
    }

    /// Takes no more calls, ends those that wait with `UNAVAILABLE`, lets active ones go on for at
    /// most `limit`, and returns when every connection is closed.
    public func shutdown(limit: Duration = .seconds(5)) async {
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { [links] in links.value.shutDown(within: limit, promise) }
        try? await promise.futureResult.get()
    }

    // MARK: Calls

    /// Calls a unary method. Throws what the server answered, or why it could not be asked.
    ///
    /// - Parameter method: `/package.Service/Method`
    public func unary(
        _ method: String, _ message: [UInt8], options: RPCCallOptions = .init(),
        waitForReady: Bool = false
    ) async throws(RPCError) -> RPCResponse {
        let request = ClientRequest(method: method, body: .message(message), options: options)
        return try await wait(
            for: request, timeout: options.timeout, waitForReady: waitForReady)
    }

    /// Calls a method that answers with a stream. Errors come out of the stream.
    public func serverStream(
        _ method: String, _ message: [UInt8], options: RPCCallOptions = .init(),
        waitForReady: Bool = false
    ) -> RPCResponseStream {
        let request = ClientRequest(method: method, body: .message(message), options: options)
        return start(request, nextCall(), waitForReady: waitForReady, outbound: nil)
    }

    /// Calls a method whose client streams. Errors come out of the stream of responses. What is
    /// sent before there is a connection waits within the bound of the stream's buffer.
    public func stream(
        _ method: String, options: RPCCallOptions = .init(), waitForReady: Bool = false
    ) -> RPCClientStream {
        let number = nextCall()
        let outbound = OutboundMessages(
            bytesMaximum: configuration.connection.streamBufferMaximum
        ) { [eventLoop, links] in
            eventLoop.execute { links.value.wake(number) }
        }
        outbound.compress(with: options.compression)
        let request = ClientRequest(method: method, body: .stream(outbound), options: options)
        let responses = start(request, number, waitForReady: waitForReady, outbound: outbound)
        return RPCClientStream(responses: responses, outbound: outbound)
    }

    private func nextCall() -> UInt64 {
        lastCall.add(1, ordering: .relaxed).newValue
    }

    private func wait(
        for request: ClientRequest?, timeout: Duration?, waitForReady: Bool
    ) async throws(RPCError) -> RPCResponse {
        let receiver = UnaryCall()
        let call = ChannelCall(
            number: nextCall(), request: request, waitForReady: waitForReady, timeout: timeout,
            receiver: receiver, links: links)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                receiver.wait(continuation)
                eventLoop.execute { [links] in links.value.begin(call) }
            }
        } onCancel: {
            receiver.end(RPCStatus(.cancelled, "the call was cancelled"), .init())
            eventLoop.execute { [links] in links.value.cancel(call.number) }
        }
        return try outcome.get()
    }

    private func start(
        _ request: ClientRequest, _ number: UInt64, waitForReady: Bool,
        outbound: OutboundMessages?
    ) -> RPCResponseStream {
        let stream = StreamCall(
            bytesMaximum: configuration.connection.streamBufferMaximum, outbound: outbound)
        let call = ChannelCall(
            number: number, request: request, waitForReady: waitForReady,
            timeout: request.options.timeout, receiver: stream, links: links)
        // The hooks are dropped when the call ends, as every call does.
        stream.messages.attach(
            InboundMessages.Hooks(
                release: { [eventLoop, links] in
                    eventLoop.execute { links.value.release(number) }
                },
                cancel: { [eventLoop, links] in
                    eventLoop.execute { links.value.cancel(number) }
                }))
        eventLoop.execute { [links] in links.value.begin(call) }
        return RPCResponseStream(call: stream, owner: self)
    }
}
