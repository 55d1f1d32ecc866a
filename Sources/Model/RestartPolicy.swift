/// When a container that ended is started again in its place, without a new task (ECS
/// `ContainerRestartPolicy`). A container without one is never started again.
public struct RestartPolicy: Hashable, Sendable, Codable {
    /// Seconds that a container must have run where a definition doesn't say.
    public static let attemptPeriodDefault = 300

    /// Ends with these codes stand.
    public var ignoredExitCodes: [Int]
    /// Seconds that the container must have run, since it was started last.
    public var attemptPeriod: Int

    public init(
        ignoredExitCodes: [Int] = [], attemptPeriod: Int = RestartPolicy.attemptPeriodDefault
    ) {
        self.ignoredExitCodes = ignoredExitCodes
        self.attemptPeriod = attemptPeriod
    }

    /// Whether a container that ended is started again.
    ///
    /// - Parameters:
    ///   - code: Its exit code; `nil` when nobody can know.
    ///   - ran: How long it ran since it was started last.
    public func restarts(after code: Int?, ran: Duration) -> Bool {
        ran >= .seconds(attemptPeriod) && !(code.map(ignoredExitCodes.contains) ?? false)
    }
}
