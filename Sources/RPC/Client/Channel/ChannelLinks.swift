import DequeModule
import Logging
import NIOCore

/// Carries out what a channel's machine decides: connections, calls, one timer. Confined to the
/// channel's event loop, on which its connections live too.
final class ChannelLinks {
    private let targets: [RPCTarget]
    private let tls: @Sendable (RPCTarget) throws -> RPCClientTLS?
    private let configuration: RPCChannelConfiguration
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let onState: @Sendable (RPCChannel.State) -> Void
    private var machine: ChannelMachine
    private var calls: [UInt64: ChannelCall] = [:]
    private var connections: [UInt64: RPCClientConnection] = [:]
    private var timer: Scheduled<Void>?
    private var finished: [EventLoopPromise<Void>] = []
    private var isFinished = false
    /// What an action brought about while others are still being carried out.
    private var inputs: Deque<ChannelMachine.Input> = []
    private var isRunning = false

    init(
        targets: [RPCTarget], tls: @escaping @Sendable (RPCTarget) throws -> RPCClientTLS?,
        configuration: RPCChannelConfiguration, eventLoop: any EventLoop, logger: Logger,
        draw: @escaping () -> Double, onState: @escaping @Sendable (RPCChannel.State) -> Void
    ) {
        self.targets = targets
        self.tls = tls
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        self.onState = onState
        machine = ChannelMachine(
            configuration: configuration, targetCount: targets.count, draw: draw)
    }

    // MARK: Inputs

    /// Every input goes through here, one after the other.
    func apply(_ input: ChannelMachine.Input) {
        inputs.append(input)
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        while let input = inputs.popFirst() {
            var actions: [ChannelMachine.Action] = []
            machine.apply(input, at: Self.now, into: &actions)
            for action in actions { perform(action) }
        }
        setTimer()
    }

    func begin(_ call: ChannelCall) {
        guard !call.isOver else { return }
        calls[call.number] = call
        let deadline = call.deadline.map { Self.duration($0) }
        apply(.call(call.number, waitForReady: call.waitForReady, deadline: deadline))
    }

    /// Nobody waits for the call any more.
    func cancel(_ number: UInt64) {
        guard let call = calls[number] else { return }
        for connection in connections.values { connection.calls.value.cancel(call) }
        // One that was not on a connection.
        over(call)
    }

    /// The call is over, wherever it was.
    func over(_ call: ChannelCall) {
        guard calls.removeValue(forKey: call.number) != nil else { return }
        apply(.ended(call.number))
    }

    /// The call's reader has room again.
    func release(_ number: UInt64) {
        guard let call = calls[number] else { return }
        for connection in connections.values { connection.calls.value.release(call) }
    }

    /// The caller has more to send.
    func wake(_ number: UInt64) {
        guard let call = calls[number] else { return }
        for connection in connections.values { connection.calls.value.wake(call) }
    }

    /// Succeeds the promise when every connection is closed.
    func shutDown(within limit: Duration, _ promise: EventLoopPromise<Void>) {
        guard !isFinished else { return promise.succeed() }
        finished.append(promise)
        apply(.shutDown)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: TimeAmount(clamping: limit)) { bound.value.apply(.closeAll) }
    }

    // MARK: Actions

    private func perform(_ action: ChannelMachine.Action) {
        switch action {
        case .connect(let link, let target, let within, let keepalive):
            connect(link, to: targets[target], within: within, keepalive: keepalive)
        case .start(let number, let link): start(number, on: link)
        case .end(let number, let status): calls.removeValue(forKey: number)?.endUnstarted(status)
        case .close(let link): connections[link]?.calls.value.close()
        case .changed(let state):
            logger.debug("channel changed", metadata: ["state": "\(state)"])
            onState(state)
        case .finished:
            isFinished = true
            for promise in finished { promise.succeed() }
            finished = []
        }
    }

    private func connect(
        _ link: UInt64, to target: RPCTarget, within: Duration, keepalive: Duration?
    ) {
        var settings = configuration.connection
        settings.connectTimeout = within
        settings.keepaliveInterval = keepalive
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        Task { [eventLoop, logger, tls, settings] in
            do {
                let connection = try await RPCClientConnection.connect(
                    to: target, tls: try tls(target), group: eventLoop, configuration: settings,
                    logger: logger)
                eventLoop.execute { bound.value.connected(link, connection) }
            } catch {
                let failure =
                    error as? RPCError ?? RPCError(.unavailable, "no TLS for \(target): \(error)")
                eventLoop.execute { bound.value.apply(.connectFailed(link, failure)) }
            }
        }
    }

    private func connected(_ link: UInt64, _ connection: RPCClientConnection) {
        connections[link] = connection
        apply(.connected(link))
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        connection.onChange { state in
            switch state {
            case .open: break
            case .refusing(let error, let isCalm):
                bound.value.apply(.goingAway(link, error, tooManyPings: !isCalm))
            case .closed(let error):
                bound.value.connections[link] = nil
                bound.value.apply(.closed(link, error))
            }
        }
    }

    private func start(_ number: UInt64, on link: UInt64) {
        guard let call = calls[number] else { return apply(.ended(number)) }
        guard var request = call.request else {
            call.endReady()
            return over(call)
        }
        guard !call.isOver, let connection = connections[link] else { return over(call) }
        request.options.timeout = call.deadline.map { deadline in
            max(Self.duration(deadline) - Self.now, .milliseconds(1))
        }
        connection.calls.value.start(request, call)
    }

    private func setTimer() {
        timer?.cancel()
        timer = machine.nextWake.map { wake in
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            let delay = TimeAmount(clamping: max(wake - Self.now, .zero))
            return eventLoop.scheduleTask(in: delay) { bound.value.apply(.woke) }
        }
    }

    // MARK: Time

    private static var now: Duration { duration(NIODeadline.now()) }

    private static func duration(_ deadline: NIODeadline) -> Duration {
        .nanoseconds(Int64(clamping: deadline.uptimeNanoseconds))
    }
}
