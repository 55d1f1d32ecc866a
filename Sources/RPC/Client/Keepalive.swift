import NIOCore

/// When a client pings its server, and what waits for the answers.
struct Keepalive {
    /// What is to be done now.
    enum Action {
        case wait
        case ping(UInt64)
        /// The server has not answered in time.
        case close
    }

    private typealias Waiter = (Result<Void, RPCError>) -> Void

    /// Pings under way that somebody waits for.
    private static let waitersMaximum = 64

    private let interval: TimeAmount?
    private let timeout: TimeAmount
    private let withoutCalls: Bool
    private var hasHeard = false
    /// A ping for the connection's own sake is under way.
    private var isAsking = false
    private var lastOpaque: UInt64 = 0
    private var waiters: [UInt64: Waiter] = [:]

    init(_ configuration: RPCClientConfiguration) {
        interval = configuration.keepaliveInterval.map { TimeAmount(clamping: $0) }
        timeout = TimeAmount(clamping: configuration.keepaliveTimeout)
        withoutCalls = configuration.keepaliveWithoutCalls
    }

    /// When to look again; `nil` is never.
    var delay: TimeAmount? { interval.map { isAsking ? timeout : $0 } }

    /// Anything that comes is a sign of life. Whether it was waited for: then the next look is an
    /// interval away from now.
    mutating func heard() -> Bool {
        hasHeard = true
        defer { isAsking = false }
        return isAsking
    }

    /// The delay is over.
    mutating func look(hasCalls: Bool) -> Action {
        defer { hasHeard = false }
        if isAsking { return .close }
        guard !hasHeard, hasCalls || withoutCalls else { return .wait }
        isAsking = true
        lastOpaque += 1
        return .ping(lastOpaque)
    }

    /// Someone wants to know how long an answer takes.
    mutating func ask(_ answered: @escaping (Result<Void, RPCError>) -> Void) -> UInt64? {
        guard waiters.count < Self.waitersMaximum else { return nil }
        lastOpaque += 1
        waiters[lastOpaque] = answered
        return lastOpaque
    }

    mutating func answered(_ opaque: UInt64) {
        waiters.removeValue(forKey: opaque)?(.success(()))
    }

    mutating func end(_ error: RPCError) {
        let open = waiters
        waiters = [:]
        for waiter in open.values { waiter(.failure(error)) }
    }
}
