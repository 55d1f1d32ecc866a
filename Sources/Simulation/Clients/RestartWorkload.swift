import Model

extension Workload {
    /// An end with this code stands, whatever the period.
    static let ignoredExitCode = 42

    /// Some containers are started again in their place. Drawn apart, so that all else of a seed
    /// stays.
    mutating func addRestarts(seed: UInt64) {
        var chance = Chance(seed: seed, concern: "restart-policies")
        guard chance.happens(400) else { return }
        for index in definitions.indices {
            for container in definitions[index].containers.indices where chance.happens(400) {
                guard definitions[index].containers[container].command == ["serve"] else {
                    continue
                }
                definitions[index].containers[container].restartPolicy = RestartPolicy(
                    ignoredExitCodes: [Self.ignoredExitCode],
                    attemptPeriod: chance.number(60...120))
            }
        }
    }
}
