package import Advice
package import ClusterState
import HashTreeCollections
package import ManagerCore
package import Model

/// A manager's core with workers that do what they are told, and the records that it wrote.
package final class Town {
    package struct Worker: Sendable {
        package var name: String
        package var cpu: Int
        package var memory: Int
        package var ports: [Int]
        package var attributes: [Attribute]

        package init(
            name: String, cpu: Int = 1_024, memory: Int = 1_024, ports: [Int] = [],
            attributes: [Attribute] = []
        ) {
            self.name = name
            self.cpu = cpu
            self.memory = memory
            self.ports = ports
            self.attributes = attributes
        }
    }

    package static let cluster = ClusterReference(region: "us-east-1", name: "town")
    package static let wall = WallTime(milliseconds: 1_700_000_000_000)

    private var core: ManagerCore
    package private(set) var records: [ChangeRecord] = []
    package private(set) var now = Instant(milliseconds: 1_000)
    private var calls: UInt64 = 0
    private var sessions: [InstanceID: SessionID] = [:]
    package let settings: ManagerSettings

    package init(_ workers: [Worker], settings: ManagerSettings = .init(), seed: UInt64 = 1) throws
    {
        self.settings = settings
        var effects = EffectBuffer()
        core = ManagerCore(
            recovered: ClusterState(), settings: settings, seed: seed,
            at: Moment(monotonic: now, wall: Self.wall), into: &effects)
        try ask(.createCluster(CreateCluster(cluster: Self.cluster)))
        for (number, worker) in workers.enumerated() { join(worker, number) }
    }

    /// Workers by their names, each with 1,024 CPU units and 1,024 MiB.
    package convenience init(_ names: String, settings: ManagerSettings = .init()) throws {
        try self.init(
            names.split(separator: " ").map { Worker(name: String($0)) }, settings: settings)
    }

    package var state: ClusterState { core.state }
    package var wall: WallTime { Self.wall + (now - Instant(milliseconds: 1_000)) }

    // MARK: Steps

    @discardableResult
    private func send(_ event: Event) -> EffectBuffer {
        var effects = EffectBuffer()
        core.step(event, at: Moment(monotonic: now, wall: wall), into: &effects)
        records += effects.records
        for reply in effects.workerReplies {
            if case .success(.registered(let registered)) = reply.result {
                sessions[registered.instance] = registered.session
            }
        }
        return effects
    }

    private func call() -> CallID {
        calls += 1
        return CallID(number: calls)
    }

    private func join(_ worker: Worker, _ number: Int) {
        send(
            .register(
                call(),
                Registration(
                    name: worker.name, cluster: Self.cluster.name, region: Self.cluster.region,
                    agent: AgentID(high: 1, low: UInt64(number)),
                    resources: Resources(
                        cpu: worker.cpu, memory: worker.memory, tcpPorts: worker.ports),
                    attributes: worker.attributes, agentVersion: "1.2")))
        guard let id = instance(worker.name)?.id, let session = sessions[id] else { return }
        send(.openAssignments(call(), session))
    }

    @discardableResult
    package func ask(_ command: Command) throws(APIError) -> Outcome {
        let effects = send(.command(call(), command))
        guard let reply = effects.replies.first else { throw APIError(.server, "no reply") }
        return try reply.result.get()
    }

    package func report(
        _ task: ECSTask, _ status: TaskStatus, code: Int? = nil, ran: StopCode? = nil
    ) {
        guard let session = sessions[task.instance] else { return }
        var report = TaskReport(
            task: task.id, status: status,
            containers: task.containers.map {
                ContainerReport(
                    name: $0.name,
                    status: status == .stopped
                        ? .stopped : status == .running ? .running : .pending, exitCode: code)
            })
        report.stopCode = ran
        if let ran { report.reason = "\(ran.rawValue) it was" }
        send(.report(call(), session, [report]))
    }

    package func pass(_ duration: Duration) {
        let end = now + duration
        while let wake = core.nextWake, wake <= end {
            now = max(now, wake)
            send(.tick)
        }
        now = end
    }

    /// Workers do what they were told, until there is nothing left of it.
    package func settle(rounds: Int = 60) {
        for _ in 0..<rounds {
            let live = state.tasks.values.filter { $0.lastStatus != .stopped }
                .sorted { $0.id < $1.id }
            let starting = live.filter { $0.desiredStatus == .running && $0.lastStatus < .running }
            let stopping = live.filter { $0.desiredStatus == .stopped }
            starting.forEach { report($0, .running) }
            stopping.forEach { report($0, .stopped, code: 143) }
            pass(settings.healthyAfter)
            if starting.isEmpty, stopping.isEmpty { return }
        }
    }

    package func lose(_ worker: String) {
        guard let id = instance(worker)?.id, let session = sessions[id] else { return }
        send(.silence(Silence(expired: [Lease(instance: id, session: session)], late: [])))
    }

    // MARK: Words

    package struct Missing: Error {
        package var what: String
    }

    package func instance(_ worker: String) -> ContainerInstance? {
        state.instances.values.first { $0.name == worker }
    }

    package func service(_ name: String) throws -> Service {
        guard let cluster = state.cluster(Self.cluster),
            let service = state.service(name, in: cluster.id)
        else { throw Missing(what: name) }
        return service
    }

    package func tasks(_ name: String) throws -> [ECSTask] {
        state.tasks(of: try service(name).id)
    }

    package static func definition(
        _ family: String, cpu: Int = 256, memory: Int = 256, ports: [Int] = [],
        attributes: [Attribute] = [], constraints: [PlacementConstraint] = []
    ) -> Command {
        let container = ContainerDefinition(
            name: "app", image: "image", cpu: cpu, memory: memory,
            portMappings: ports.map { PortMapping(containerPort: 80, hostPort: $0) },
            stopTimeout: 5)
        return .registerTaskDefinition(
            RegisterTaskDefinition(
                region: cluster.region, family: family, containers: [container],
                placementConstraints: constraints, requiredAttributes: attributes))
    }

    package static func create(
        _ name: String, _ count: Int, min: Int = 100, max: Int = 200,
        constraints: [PlacementConstraint] = [],
        strategy: [PlacementStrategy] = [.spread("instanceId")],
        breaker: CircuitBreakerSettings = .init(), scheduling: SchedulingStrategy = .replica
    ) -> Command {
        .createService(
            CreateService(
                service: ServiceReference(cluster: cluster, name: name),
                taskDefinition: TaskDefinitionReference(region: cluster.region, family: name),
                schedulingStrategy: scheduling, desiredCount: count,
                deploymentConfiguration: DeploymentConfiguration(
                    minimumHealthyPercent: min, maximumPercent: max, circuitBreaker: breaker),
                placementConstraints: constraints,
                placementStrategy: scheduling == .daemon ? [] : strategy))
    }

    package static func update(
        _ name: String, count: Int? = nil, toNewest: Bool = false, min: Int? = nil, max: Int? = nil,
        force: Bool = false, constraints: [PlacementConstraint]? = nil
    ) -> Command {
        .updateService(
            UpdateService(
                service: ServiceReference(cluster: cluster, name: name),
                taskDefinition: toNewest
                    ? TaskDefinitionReference(region: cluster.region, family: name) : nil,
                desiredCount: count, minimumHealthyPercent: min, maximumPercent: max,
                placementConstraints: constraints, forceNewDeployment: force))
    }

    package static func run(
        _ family: String, _ count: Int = 1, strategy: [PlacementStrategy] = [],
        constraints: [PlacementConstraint] = []
    ) -> Command {
        .runTask(
            RunTask(
                request: TaskRequest(
                    cluster: cluster,
                    taskDefinition: TaskDefinitionReference(region: cluster.region, family: family)
                ), count: count, placementConstraints: constraints, placementStrategy: strategy))
    }

    /// A service of its own definition that has come to stand.
    package func serve(
        _ name: String, _ count: Int, min: Int = 100, max: Int = 200, cpu: Int = 256,
        memory: Int = 256, ports: [Int] = [], breaker: CircuitBreakerSettings = .init()
    ) throws {
        try ask(Self.definition(name, cpu: cpu, memory: memory, ports: ports))
        try ask(Self.create(name, count, min: min, max: max, breaker: breaker))
        settle()
    }

    /// A service without tasks of its own: its task sets have them.
    package static func createExternal(_ name: String, _ count: Int) -> Command {
        .createService(
            CreateService(
                service: ServiceReference(cluster: cluster, name: name), taskDefinition: nil,
                controller: .external, desiredCount: count))
    }

    package static func taskSet(
        of service: String, _ family: String, scale: Double
    ) -> Command {
        .createTaskSet(
            CreateTaskSet(
                service: ServiceReference(cluster: cluster, name: service),
                taskDefinition: TaskDefinitionReference(region: cluster.region, family: family),
                scale: scale))
    }

    package func drain(_ worker: String) throws -> Command {
        guard let id = instance(worker)?.id else { throw Missing(what: worker) }
        return .updateContainerInstancesState(Self.cluster, [id], .draining)
    }

    // MARK: Advice

    package func explain(_ name: String, placedIn past: ClusterState? = nil) throws -> Explanation {
        let explainer = Explainer(settings: settings)
        let subject = try explainer.find(name, in: Self.cluster, of: state)
        return try explainer.explain(subject, of: state, at: wall, placedIn: past)
    }

    package func account(_ service: String) throws -> ServiceAccount {
        guard let account = try explain(service).service else { throw Missing(what: service) }
        return account
    }

    package func plan(
        _ commands: Command..., pace: Rehearsal.Pace = .init()
    ) throws -> Forecast {
        var rehearsal = try Rehearsal(
            of: state, in: Self.cluster, settings: settings, pace: pace, at: wall)
        for command in commands { _ = try rehearsal.carryOut(command) }
        return rehearsal.run()
    }
}
