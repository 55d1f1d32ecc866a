import Advice
import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Simulation
import Testing

/// What rehearsals foretell, held against what then happens in a simulated cluster without faults:
/// the real manager's core with real workers, a network and a journal.
@Suite("What is foretold, and what happens")
struct SimulatedTests {
    /// How long the simulator's tasks take at least and at most, messages and the journal included.
    private static let quick = Rehearsal.Pace(start: .milliseconds(25), stop: .milliseconds(5))
    private static let slow = Rehearsal.Pace(start: .milliseconds(950), stop: .milliseconds(650))
    /// What timers are late by, for the whole of a change.
    private static let lateness: Int64 = 1_000

    private enum Kind: CaseIterable {
        case roll, scale, drain, outgrow, rebound
    }

    private static func words(_ seed: UInt64) -> (plan: Plan, kind: Kind) {
        var random = SeededRandom(seed: seed)
        var plan = Plan(seed: seed, workers: Int.random(in: 2...6, using: &random), minutes: 8)
        plan.faults = FaultSet()
        plan.isBusy = false
        plan.usesWire = false
        plan.transport = .connections
        plan.clients = 1
        plan.settings = ManagerSettings()
        plan.inboxMaximum = 100
        plan.faultTime = 240_000
        for index in plan.hosts.indices {
            plan.hosts[index].cpu = 1_024
            plan.hosts[index].memory = 1_024
        }
        func definition(_ cpu: Int, _ port: Int?) -> RegisterTaskDefinition {
            let container = ContainerDefinition(
                name: "app", image: "web", cpu: cpu, memory: 128, command: ["serve"],
                portMappings: port.map { [PortMapping(containerPort: 80, hostPort: $0)] } ?? [])
            return RegisterTaskDefinition(
                region: Plan.region, family: "web", containers: [container])
        }
        let port = Int.random(in: 0..<4, using: &random) == 0 ? 8_080 : nil
        let cpu = [128, 256, 400].randomElement(using: &random) ?? 128
        plan.definitions = [definition(cpu, port)]
        let bounds =
            [(100, 200), (50, 100), (0, 100), (100, 100), (75, 125), (100, 150), (66, 134)]
            .randomElement(using: &random) ?? (100, 200)
        let most = port == nil ? plan.hosts.count * (1_024 / cpu) : plan.hosts.count
        let count = Int.random(in: 1...most, using: &random)
        plan.services = [
            CreateService(
                service: ServiceReference(cluster: Plan.cluster, name: "web"),
                taskDefinition: TaskDefinitionReference(region: Plan.region, family: "web"),
                desiredCount: count,
                deploymentConfiguration: DeploymentConfiguration(
                    minimumHealthyPercent: bounds.0, maximumPercent: bounds.1),
                placementStrategy: [.spread("instanceId")], clientToken: "web")
        ]
        let kind = Kind.allCases.randomElement(using: &random) ?? .roll
        let target = Int.random(in: 0...most + 2, using: &random)
        let large = definition(900, port)
        if kind == .outgrow {
            plan.changes = [PlannedChange(at: 30_000) { _ in .registerTaskDefinition(large) }]
        }
        plan.changes.append(
            PlannedChange(at: 60_000) { state in change(kind, target, state) })
        return (plan, kind)
    }

    private static func change(_ kind: Kind, _ target: Int, _ state: ClusterState) -> Command? {
        var update = UpdateService(
            service: ServiceReference(cluster: Plan.cluster, name: "web"))
        switch kind {
        case .roll: update.forceNewDeployment = true
        case .scale: update.desiredCount = target
        case .outgrow:
            update.taskDefinition = TaskDefinitionReference(region: Plan.region, family: "web")
        case .rebound:
            update.forceNewDeployment = true
            update.minimumHealthyPercent = 0
            update.maximumPercent = 100
        case .drain:
            guard let id = state.instances.keys.sorted().first else { return nil }
            return .updateContainerInstancesState(Plan.cluster, [id], .draining)
        }
        return .updateService(update)
    }

    /// What was there when the change came, and what became of it before the end of the run.
    private struct Course {
        var before = ClusterState()
        var after = ClusterState()
        var begin: WallTime?
        var lastProgress = WallTime(milliseconds: 0)
        var started: Set<TaskID> = []
        var stopped: Set<TaskID> = []

        static let causes = ["UpdateService", "UpdateContainerInstancesState"]

        mutating func take(_ record: ChangeRecord) {
            if begin == nil, Self.causes.contains(record.cause) {
                begin = record.time
                before = after
            }
            if begin != nil {
                switch record.change {
                case .task(let task):
                    if before.tasks[task.id] == nil { started.insert(task.id) }
                    if task.lastStatus == .stopped { stopped.insert(task.id) }
                    lastProgress = record.time
                case .service, .serviceDeployment: lastProgress = record.time
                case .serviceEvent(let event) where event.message.hasSuffix("steady state."):
                    lastProgress = record.time
                default: break
                }
            }
            after.apply(record)
        }
    }

    private static func run(_ plan: Plan) -> Course {
        var course = Course()
        _ = Simulation.run(plan) { sighting, time in
            guard case .history(let records) = sighting, time < plan.faultTime else { return }
            for record in records { course.take(record) }
        }
        return course
    }

    @Test("agree: verdict, final counts, tasks started and stopped, and how long it takes")
    func agree() throws {
        var verdicts: [Forecast.Verdict: Int] = [:]
        for seed in UInt64(1)...100 {
            let (plan, kind) = Self.words(seed)
            let course = Self.run(plan)
            // What asks for what is there already writes nothing.
            let before = course.begin == nil ? course.after : course.before
            let begin = course.begin ?? course.lastProgress
            let command = try #require(
                plan.changes.last?.command(before), "seed \(seed): no command")
            let forecasts = try [Self.quick, Self.slow].map { pace in
                var rehearsal = try Rehearsal(
                    of: before, in: Plan.cluster, settings: plan.settings, pace: pace,
                    at: begin)
                _ = try rehearsal.carryOut(command)
                return rehearsal.run()
            }
            let about = "seed \(seed), \(kind): \(forecasts[1].verdict) \(forecasts[1].reason)"
            let end = course.after
            let cluster = try #require(end.cluster(Plan.cluster)?.id)
            let service = try #require(end.service("web", in: cluster))
            let explanation = try Explainer(settings: plan.settings).explain(
                .service(service.id), of: end, at: begin + .seconds(120))
            let account = try #require(explanation.service)
            for forecast in forecasts {
                guard let foretold = forecast.services.first else {
                    #expect(course.started.isEmpty && course.stopped.isEmpty, "\(about)")
                    continue
                }
                #expect(foretold.verdict == account.verdict, "\(about): \(account.summary)")
                #expect(foretold.runningAfter == account.running, "\(about)")
                #expect(foretold.definitionAfter == account.deployments.first?.taskDefinition)
                #expect(foretold.started == course.started.count, "\(about)")
                #expect(foretold.stopped == course.stopped.count, "\(about)")
                verdicts[forecast.verdict, default: 0] += 1
            }
            let took = course.lastProgress.milliseconds - begin.milliseconds
            if course.started.isEmpty && course.stopped.isEmpty { continue }
            #expect(
                (forecasts[0].duration...forecasts[1].duration + Self.lateness).contains(took),
                "\(about): \(took) ms, not \(forecasts.map(\.duration))")
        }
        for verdict in [Forecast.Verdict.finishes, .noRoom, .blocked] {
            #expect(verdicts[verdict, default: 0] > 5, "\(verdicts)")
        }
    }
}
