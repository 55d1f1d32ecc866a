import Model

/// What is known of one container's health, and when it is looked at next (ECS semantics, section
/// 8.1; when to look and what counts is Docker's rule, which ECS's agent leaves it to).
struct HealthWatch: Sendable {
    private enum Look: Hashable, Sendable {
        /// There is no check, or the container does not run.
        case never
        case at(Instant)
        case underWay(since: Instant)
    }

    private var check: HealthCheck?
    private(set) var status = HealthStatus.unknown {
        didSet { if status != oldValue { changes &+= 1 } }
    }
    private(set) var changes: UInt32 = 0
    /// Failed checks in a row, as far as they count.
    private var failures = 0
    private var next = Look.never
    /// Until when failed checks don't count, if none has passed.
    private var startPeriodEnds: Instant?
    /// Of the last check. It never comes again, so that the answer to a check of an earlier run of
    /// the container is none to one of this.
    private var number = 0

    /// The container runs since `start`; it is looked at after an interval, or at `first`.
    mutating func begin(_ check: HealthCheck?, since start: Instant, first: Instant? = nil) {
        reset()
        guard let check, check.arguments != nil else { return }
        self.check = check
        next = .at(first ?? start + .seconds(check.interval))
        startPeriodEnds = start + .seconds(check.startPeriod)
    }

    /// The container is started again, and nothing is known of it.
    mutating func reset() {
        check = nil
        status = .unknown
        failures = 0
        next = .never
        startPeriodEnds = nil
    }

    /// When a check is due, if one is.
    var dueAt: Instant? {
        guard case .at(let instant) = next else { return nil }
        return instant
    }

    /// Begins the check that is due; gives it with its number.
    mutating func beginCheck(at now: Instant) -> (number: Int, check: HealthCheck)? {
        guard let check, let dueAt, dueAt <= now else { return nil }
        number += 1
        next = .underWay(since: now)
        return (number, check)
    }

    /// A check has ended. One that was not under way tells nothing, nor one without an outcome.
    mutating func ended(number ended: Int, passed: Bool?, at now: Instant) {
        guard let check, ended == number, case .underWay(let since) = next else { return }
        next = .at(now + .seconds(check.interval))
        guard let passed else { return }
        if passed {
            status = .healthy
            failures = 0
            startPeriodEnds = nil
            return
        }
        if status == .unknown, let startPeriodEnds, since < startPeriodEnds { return }
        // Counted no further than it tells anything.
        failures = min(failures + 1, check.retries)
        if failures >= check.retries { status = .unhealthy }
    }
}
