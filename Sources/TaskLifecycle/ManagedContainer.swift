import Model

/// One container as the machine sees it. It goes waiting, starting, running, stopped, and may skip
/// steps; it never goes back, but for a restart in its place, which to all others is still running.
struct ManagedContainer: Sendable {
    enum Phase: Int, Comparable, Sendable {
        /// Not yet asked to start.
        case waiting
        /// The runtime was asked and has not answered.
        case starting
        case running
        /// Ended, failed to start, or never will start.
        case stopped

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Where the request to stop stands.
    enum Stop: Hashable, Sendable {
        case notSent
        case sent
        /// The runtime could not; it is asked again then.
        case retry(at: Instant)
    }

    let definition: ContainerDefinition
    var phase = Phase.waiting
    var start: ContainerStart?
    /// When the start became known here, for `startTimeout`.
    var startKnownAt: Instant?
    var end: ContainerEnd?
    /// The end, when it was told before the answer to `start`; taken up with that answer.
    var earlyEnd: ContainerEnd?
    /// Why it did not start.
    var failure: String?
    var stop = Stop.notSent
    var stopAttempts = 0
    /// How often it was started again, the start that is under way included.
    var restarts = 0
    /// Whether it waits for, or is in, a start again.
    var isRestarting = false
    /// Since when it has run, by the clock that does not jump.
    var ranSince: Instant?
    var health = HealthWatch()

    var name: String { definition.name }

    /// Ended without ever having started.
    var failedToStart: Bool { phase == .stopped && failure != nil && start == nil }

    var stopTimeout: Duration {
        .seconds(definition.stopTimeout ?? TaskLifecycle.stopTimeoutDefault)
    }

    var report: ContainerReport {
        let status: ContainerStatus =
            switch phase {
            case .waiting, .starting: isRestarting ? .running : .pending
            case .running: .running
            case .stopped: .stopped
            }
        let reason = phase == .stopped ? end?.reason ?? failure : nil
        return ContainerReport(
            name: name, status: status, exitCode: phase == .stopped ? end?.code : nil,
            reason: reason.map { String($0.prefix(TaskLifecycle.reasonCharactersMaximum)) },
            runtimeID: start?.runtimeID, networkBindings: start?.networkBindings ?? [],
            health: health.status, restarts: restarts == 0 ? nil : restarts,
            imageDigest: start?.imageDigest, address: start?.address)
    }
}
