import Model

/// When a deployment whose tasks keep failing is given up (ECS Developer Guide, "deployment circuit
/// breaker"). Until one of its tasks has come to run, tasks in a row that did not are counted,
/// those without a place among them; from then on tasks that were replaced because they failed
/// their health checks. A task that runs, and is HEALTHY where it has a health check, resets the
/// count.
///
/// Apart from that, and only where a service asks for it, tasks in a row are counted that came to
/// run and soon ended (``CrashLoopRule``).
public struct CircuitBreaker: Hashable, Sendable {
    public enum Failure: Hashable, Sendable {
        /// A task ended, or was not placed, before it had come to run.
        case neverRan
        /// A task that ran was found UNHEALTHY and replaced.
        case unhealthy
        /// A task ended soon after it had come to run.
        case crashed
    }

    public private(set) var failures: Int
    public private(set) var hasRun: Bool
    public private(set) var crashes: Int

    public init(failures: Int = 0, hasRun: Bool = false, crashes: Int = 0) {
        self.failures = failures
        self.hasRun = hasRun
        self.crashes = crashes
    }

    public mutating func count(_ failure: Failure, times: Int = 1) {
        switch failure {
        case .neverRan: if !hasRun { failures += times }
        case .unhealthy: if hasRun { failures += times }
        case .crashed: crashes += times
        }
    }

    /// A task has come to run, and stayed, whose health is still to be seen: it does not make up
    /// for those that ran and were unhealthy.
    public mutating func taskStayed() {
        if !hasRun { failures = 0 }
        hasRun = true
    }

    /// A task has come to run, stayed, and is healthy.
    public mutating func taskRan() {
        hasRun = true
        failures = 0
    }

    /// A task ran for longer than those that crash.
    public mutating func taskLasted() {
        crashes = 0
    }

    /// - Parameter crashesMaximum: As many crashes in a row as fail the deployment; `nil` where
    ///   none do.
    public func isTripped(desiredCount: Int, crashesMaximum: Int? = nil) -> Bool {
        failures >= CircuitBreakerSettings.threshold(desiredCount: desiredCount)
            || crashesMaximum.map { crashes >= $0 } ?? false
    }
}
