import ClusterState
import ManagerCore
import Model
import Testing

/// Rules of ECS semantics as tables, a row a rule, that no story beside them tells. What covers the
/// other sections:
///
/// | section | tests |
/// |---|---|
/// | 6.6 container restart policy | `TaskLifecycleTests.RestartTests` |
/// | 6.5 HEALTHY, 8.1 health checks | `TaskLifecycleTests.HealthTests`, `HealthTests` |
/// | 8.2 replacement, 8.3 grace | `RolloutTests.UnhealthyStopsTests`, `HealthTests` |
/// | 9 host ports | `PlacementTests.BoardTests`, `RuntimesTests` (`PortTests`) |
/// | 10.2 selection, scale-in | `PlacementTests`: `ChoiceTests`, `MemberOfTests`, `ScaleInTests` |
/// | 11 cluster query language | `QueryLanguageTests` |
/// | 12.3 DAEMON | `DaemonTests`, `RolloutTests.DaemonPlanTests` |
/// | 13.2 the loop | `RolloutTests`: `RollingPlanTests`, `RollingExhaustion` |
/// | 13.3, 14.1 | `DeploymentTests`, `RollbackTests`, `CircuitBreakerTests` |
/// | 16.1 | `ServiceDeploymentTests` |
/// | 15 throttle | `ThrottleTests` |
/// | 16.3 task sets | `TaskSetTests` |
/// | 17 events | `ServiceTests` |
/// | 12.1 `networkConfiguration`, 13.4, 14.2, 16.2 | `ECSAPITests.DeploymentRules` |
/// | 19 protection | `ProtectionTests` |
@Suite("Rules of services, a row each")
struct RuleTables {
    /// A change by UpdateService, and whether it starts a deployment.
    struct Update: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var deploys: Bool
        var change: @Sendable (inout UpdateService) -> Void

        init(
            _ name: String, deploys: Bool,
            _ change: @escaping @Sendable (inout UpdateService) -> Void
        ) {
            testDescription = name
            self.deploys = deploys
            self.change = change
        }
    }

    private static let updates = [
        Update("taskDefinition", deploys: true) { $0.taskDefinition = Story.definition("web", 2) },
        Update("forceNewDeployment", deploys: true) { $0.forceNewDeployment = true },
        Update("the same taskDefinition", deploys: false) {
            $0.taskDefinition = Story.definition("web", 1)
        },
        Update("desiredCount", deploys: false) { $0.desiredCount = 3 },
        Update("minimumHealthyPercent", deploys: false) { $0.minimumHealthyPercent = 50 },
        Update("maximumPercent", deploys: false) { $0.maximumPercent = 150 },
        Update("deploymentCircuitBreaker", deploys: false) {
            $0.circuitBreaker = CircuitBreakerSettings(enable: true, rollback: true)
        },
        Update("placementConstraints", deploys: false) {
            $0.placementConstraints = [.distinctInstance]
        },
        Update("availabilityZoneRebalancing", deploys: false) {
            $0.availabilityZoneRebalancing = .disabled
        },
        // Zones can't be evened out by a strategy that draws.
        Update("placementStrategy", deploys: false) {
            $0.placementStrategy = [.random]
            $0.availabilityZoneRebalancing = .disabled
        },
        Update("enableECSManagedTags", deploys: false) { $0.enableManagedTags = true },
        Update("propagateTags", deploys: false) { $0.propagateTags = .service },
        Update("enableExecuteCommand", deploys: false) { $0.takesCommands = true },
    ]

    @Test("12.1: what starts a new deployment and what does not", arguments: updates)
    func startsDeployment(_ update: Update) throws {
        let story = Story(workers: "a b c")
        try story.define("web")
        try story.define("web")
        try story.apply(
            .createService(
                CreateService(
                    service: Story.service("web"), taskDefinition: Story.definition("web", 1),
                    desiredCount: 2)))
        story.pass(.seconds(5))
        let before = try story.service("web").deployments.map(\.id)
        let tasks = Set(try story.tasks("web").map(\.id))
        var request = UpdateService(service: Story.service("web"))
        update.change(&request)
        try story.apply(.updateService(request))
        let after = try story.service("web").deployments.map(\.id)
        #expect((after != before) == update.deploys)
        story.pass(.seconds(15))
        let kept = try story.tasks("web").filter { tasks.contains($0.id) }
        #expect(
            kept.allSatisfy { ($0.desiredStatus == .stopped) == update.deploys },
            "a deployment replaces every task, anything else none")
    }

    /// How a drain of one of two hosts goes within a service's bounds.
    struct Drain: Sendable {
        var minimum: Int
        var maximum: Int
        /// How many of two run at the least meanwhile.
        var lowest: Int
        var isStuck = false
    }

    @Test(
        "18: a drained host's tasks are replaced within the bounds of their service",
        arguments: [
            Drain(minimum: 100, maximum: 200, lowest: 2),
            Drain(minimum: 100, maximum: 150, lowest: 2),
            Drain(minimum: 50, maximum: 100, lowest: 1),
            Drain(minimum: 0, maximum: 100, lowest: 1),
            Drain(minimum: 100, maximum: 100, lowest: 2, isStuck: true),
        ])
    func draining(_ drain: Drain) throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2, min: drain.minimum, max: drain.maximum)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b")
        try story.drain("a")
        var lowest = 2
        for _ in 0..<200 {
            lowest = min(lowest, try story.places("web").split(separator: " ").count)
            story.pass(.milliseconds(100))
        }
        #expect(lowest == drain.lowest)
        #expect(try story.places("web") == (drain.isStuck ? "a b" : "b b"))
        let said = try story.events("web").contains {
            $0.hasPrefix("was unable to stop or start tasks during a deployment")
        }
        #expect(said == drain.isStuck, "18, 17: what can't go on says so")
    }

    @Test("18: DRAINING takes no new tasks, and ACTIVE again does")
    func placements() throws {
        let story = Story(workers: "a b")
        try story.drain("a")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "b b")
        try story.drain("a", to: .active)
        try story.update("web", count: 4)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a b b")
    }

    @Test(
        "13.1: how many of a service's tasks may stop first, and how many start first",
        arguments: [(4, 50, 100, 2, 4), (2, 75, 100, 2, 2), (4, 100, 200, 4, 8), (3, 0, 125, 0, 3)])
    func bounds(desired: Int, minimum: Int, maximum: Int, lowest: Int, highest: Int) throws {
        let story = Story(workers: "a b c")
        try story.serve("web", desired, min: minimum, max: maximum)
        story.pass(.seconds(5))
        try story.update("web", force: true)
        var running: [Int] = []
        var wanted: [Int] = []
        for _ in 0..<100 {
            let live = try story.tasks("web").filter { $0.desiredStatus == .running }
            running.append(live.count { $0.lastStatus == .running })
            wanted.append(live.count)
            story.pass(.milliseconds(100))
        }
        #expect(running.min() == lowest && wanted.max() == highest)
    }
}
