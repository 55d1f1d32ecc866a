import Model

extension Workload {
    /// Some containers have health checks, and some services a grace period. Drawn apart, so that
    /// all else of a seed stays.
    mutating func addHealthChecks(seed: UInt64) {
        var chance = Chance(seed: seed, concern: "health-checks")
        guard chance.happens(450) else { return }
        for index in definitions.indices {
            Self.addHealth(to: &definitions[index].containers, using: &chance)
        }
        for index in services.indices where chance.happens(300) {
            services[index].healthCheckGracePeriod = chance.number(5...90)
        }
    }

    static func addHealth(to containers: inout [ContainerDefinition], using chance: inout Chance) {
        for index in containers.indices where chance.happens(index == 0 ? 700 : 300) {
            containers[index].healthCheck = HealthCheck(
                command: ["CMD", "check"], interval: chance.number(5...15),
                timeout: chance.number(2...6), retries: chance.number(1...3),
                startPeriod: chance.happens(300) ? chance.number(1...30) : 0)
            let isAwaited = chance.happens(500)
            let timeout = chance.happens(400) ? chance.number(20...90) : nil
            guard isAwaited, index + 1 < containers.count else { continue }
            let next = containers[index + 1]
            for place in next.dependsOn.indices
            where next.dependsOn[place].container == containers[index].name {
                containers[index + 1].dependsOn[place].condition = .healthy
                containers[index].startTimeout = timeout
            }
        }
    }
}
