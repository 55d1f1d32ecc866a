import DequeModule

/// What a channel decides: when to connect and where, which call goes on which connection, which
/// waits and which fails. No I/O, no clock: inputs and times in, actions out.
///
/// Words: a *link* is an attempt to connect and the connection that it becomes; a *pass* tries the
/// targets in turn and is what the backoff counts; a *call* waits, then is active on a link, then
/// over. Numbers name links and calls and are never used again, so that a late or repeated word
/// about one that is over changes nothing.
///
/// - A call that does not wait for readiness fails when a pass fails, and at once while the channel
///   is in ``State/failing(until:_:)``.
/// - A link that its server is leaving takes no more calls; it goes on for those it has. New ones
///   get a new link. A call that the server says it never handled moves there by itself.
/// - A connection resets the backoff, unless it and the one before were over within the first
///   pause: a server that accepts and closes must not be connected to in a loop.
package struct ChannelMachine {
    /// What happened.
    package enum Input {
        case call(UInt64, waitForReady: Bool, deadline: Duration?)
        /// The call is over, or nobody wants it any more.
        case ended(UInt64)
        /// An active call was not handled: the server refused it, or the link takes no more calls.
        case refused(UInt64, RPCStatus, isLinkOver: Bool)
        case connected(UInt64)
        case connectFailed(UInt64, RPCError)
        /// The link takes no more calls.
        case goingAway(UInt64, RPCError, tooManyPings: Bool)
        case closed(UInt64, RPCError)
        /// The time of ``nextWake`` has come.
        case woke
        /// No new calls; those that are active may go on.
        case shutDown
        /// The time for that is over.
        case closeAll
    }

    /// What must follow, in this order.
    package enum Action: Equatable {
        /// Answer with `connected` or `connectFailed`.
        case connect(UInt64, target: Int, within: Duration, keepalive: Duration?)
        case start(UInt64, on: UInt64)
        /// The call is over without having been started.
        case end(UInt64, RPCStatus)
        case close(UInt64)
        case changed(RPCChannel.State)
        /// Shut down, and every link is closed.
        case finished
    }

    enum State {
        /// Next: connecting.
        case idle
        /// Next: ready, connecting to the next target, failing, or idle.
        case connecting(Pass)
        /// Next: idle, or failing.
        case ready(UInt64, since: Duration, retryAt: Duration)
        /// Next: connecting when calls wait, else idle.
        case failing(until: Duration, RPCError)
        /// For ever.
        case shutDown
    }

    /// One round through the targets.
    struct Pass {
        var link: UInt64
        var target: Int
        /// Until when this target has time.
        var targetDeadline: Duration
        var attempt: ConnectionBackoff.Attempt
    }

    struct Waiting {
        var call: UInt64
        var waitForReady: Bool
        var deadline: Duration?
        /// How often it was refused.
        var refusals = 0
    }

    /// A call on a link.
    struct Active {
        var link: UInt64
        var waiting: Waiting
    }

    /// How often a call moves by itself before its refusal is its end.
    static let refusalsMaximum = 1

    let configuration: RPCChannelConfiguration
    let targetCount: Int
    private let draw: () -> Double
    var state = State.idle
    var waiting: Deque<Waiting> = []
    var active: [UInt64: Active] = [:]
    /// Open links and how many calls are active on each.
    var links: [UInt64: Int] = [:]
    private var backoff: ConnectionBackoff
    private var keepalive: Duration?
    private var lastLink: UInt64 = 0
    /// The last connection was over before the first pause.
    private var wasShortLived = false
    /// Since when there has been no call.
    private var idleSince: Duration?
    private var lastFailure: RPCError?
    private var announced = RPCChannel.State.idle
    private var isFinished = false

    /// - Parameter draw: gives numbers from -1...1, for jitter.
    package init(
        configuration: RPCChannelConfiguration, targetCount: Int, draw: @escaping () -> Double
    ) {
        self.configuration = configuration
        self.targetCount = targetCount
        self.draw = draw
        backoff = ConnectionBackoff(configuration.backoff)
        keepalive = configuration.connection.keepaliveInterval
    }

    /// The one doorway.
    package mutating func apply(_ input: Input, at now: Duration, into actions: inout [Action]) {
        switch input {
        case .call(let call, let waitForReady, let deadline):
            add(
                Waiting(call: call, waitForReady: waitForReady, deadline: deadline), into: &actions)
        case .ended(let call): ended(call, into: &actions)
        case .refused(let call, let status, let isLinkOver):
            refused(call, status, isLinkOver: isLinkOver, at: now, into: &actions)
        case .connected(let link): connected(link, at: now, into: &actions)
        case .connectFailed(let link, let error): failed(link, error, at: now, into: &actions)
        case .goingAway(let link, let error, let tooManyPings):
            goingAway(link, error, tooManyPings, at: now, into: &actions)
        case .closed(let link, let error):
            lost(link, error, at: now, into: &actions)
            links[link] = nil
        case .woke: break
        case .shutDown: shutDown(into: &actions)
        case .closeAll: actions += links.keys.sorted().map { .close($0) }
        }
        runTimers(at: now, into: &actions)
        proceed(at: now, into: &actions)
        settle(at: now, into: &actions)
    }

    /// When ``Input/woke`` is due, if nothing else happens before.
    package var nextWake: Duration? {
        var times = waiting.compactMap(\.deadline)
        switch state {
        case .idle, .shutDown: break
        case .connecting(let pass): times.append(pass.targetDeadline)
        case .failing(let until, _): times.append(until)
        case .ready: break
        }
        if let idleSince, let limit = configuration.idleTimeout { times.append(idleSince + limit) }
        return times.min()
    }

    // MARK: Time

    private mutating func runTimers(at now: Duration, into actions: inout [Action]) {
        for call in waiting.filter({ $0.deadline.map { $0 <= now } ?? false }) {
            let reason = lastFailure.map { ": \($0.message)" } ?? ""
            actions.append(
                .end(
                    call.call,
                    RPCStatus(.deadlineExceeded, "no connection within the deadline\(reason)")))
        }
        waiting.removeAll { $0.deadline.map { $0 <= now } ?? false }
        switch state {
        case .connecting(let pass) where pass.targetDeadline <= now:
            let error = RPCError(.unavailable, "no connection in time")
            failed(pass.link, error, at: now, into: &actions)
        case .failing(let until, _) where until <= now: state = .idle
        case .connecting, .ready:
            guard let idleSince, let limit = configuration.idleTimeout, idleSince + limit <= now
            else { return }
            if case .ready(let link, _, _) = state { actions.append(.close(link)) }
            state = .idle
        case .idle, .failing, .shutDown: break
        }
    }

    // MARK: Connecting

    /// Does what can be done for the calls that wait.
    private mutating func proceed(at now: Duration, into actions: inout [Action]) {
        switch state {
        case .idle where !waiting.isEmpty:
            let attempt = backoff.attempt(at: now, draw: draw)
            connect(to: 0, attempt, at: now, into: &actions)
        case .ready(let link, _, _):
            while let count = links[link],
                count < configuration.connection.concurrentCallMaximum,
                let next = waiting.popFirst()
            {
                links[link] = count + 1
                active[next.call] = Active(link: link, waiting: next)
                actions.append(.start(next.call, on: link))
            }
        case .idle, .connecting, .failing, .shutDown: break
        }
    }

    /// What is left of the pass's time is shared among the targets that are left.
    private mutating func connect(
        to target: Int, _ attempt: ConnectionBackoff.Attempt, at now: Duration,
        into actions: inout [Action]
    ) {
        lastLink += 1
        let within = max(attempt.deadline - now, .zero) / (targetCount - target)
        state = .connecting(
            Pass(
                link: lastLink, target: target, targetDeadline: now + within, attempt: attempt))
        actions.append(.connect(lastLink, target: target, within: within, keepalive: keepalive))
    }

    private mutating func connected(
        _ link: UInt64, at now: Duration, into actions: inout [Action]
    ) {
        guard case .connecting(let pass) = state, pass.link == link else {
            // It was given up on meanwhile.
            return actions.append(.close(link))
        }
        if !wasShortLived { backoff.reset() }
        lastFailure = nil
        links[link] = 0
        state = .ready(link, since: now, retryAt: pass.attempt.retryAt)
    }

    private mutating func failed(
        _ link: UInt64, _ error: RPCError, at now: Duration, into actions: inout [Action]
    ) {
        guard case .connecting(let pass) = state, pass.link == link else { return }
        lastFailure = error
        let next = pass.target + 1
        if next < targetCount, now < pass.attempt.deadline {
            return connect(to: next, pass.attempt, at: now, into: &actions)
        }
        fail(until: pass.attempt.retryAt, error, into: &actions)
    }

    private mutating func fail(
        until instant: Duration, _ error: RPCError, into actions: inout [Action]
    ) {
        state = .failing(until: instant, error)
        for call in waiting where !call.waitForReady {
            actions.append(.end(call.call, error.status))
        }
        waiting.removeAll { !$0.waitForReady }
    }

    // MARK: The end of links

    private mutating func goingAway(
        _ link: UInt64, _ error: RPCError, _ tooManyPings: Bool, at now: Duration,
        into actions: inout [Action]
    ) {
        if tooManyPings { keepalive = keepalive.map { $0 * 2 } }
        lost(link, error, at: now, into: &actions)
        if links[link] == 0 { actions.append(.close(link)) }
    }

    /// The link takes no more calls.
    mutating func lost(
        _ link: UInt64, _ error: RPCError, at now: Duration, into actions: inout [Action]
    ) {
        guard case .ready(link, let since, let retryAt) = state else { return }
        let isShortLived = now - since < configuration.backoff.initial
        defer { wasShortLived = isShortLived }
        if isShortLived, wasShortLived, now < retryAt {
            fail(until: retryAt, error, into: &actions)
        } else {
            state = .idle
        }
    }

    // MARK: Its own end

    private mutating func shutDown(into actions: inout [Action]) {
        let status = RPCStatus(.unavailable, "the channel is shut down")
        actions += waiting.map { .end($0.call, status) }
        waiting = []
        state = .shutDown
        for link in links.keys.sorted() where links[link] == 0 { actions.append(.close(link)) }
    }

    /// Notes what the input has come to.
    private mutating func settle(at now: Duration, into actions: inout [Action]) {
        let isBusy = !waiting.isEmpty || !active.isEmpty
        switch state {
        case .connecting, .ready: idleSince = isBusy ? nil : idleSince ?? now
        case .idle, .failing, .shutDown: idleSince = nil
        }
        if announced != publicState {
            announced = publicState
            actions.append(.changed(publicState))
        }
        if case .shutDown = state, links.isEmpty, !isFinished {
            isFinished = true
            actions.append(.finished)
        }
    }

    private var publicState: RPCChannel.State {
        switch state {
        case .idle: .idle
        case .connecting: .connecting
        case .ready: .ready
        case .failing: .transientFailure
        case .shutDown: .shutdown
        }
    }
}
