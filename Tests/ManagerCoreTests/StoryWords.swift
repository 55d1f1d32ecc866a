import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

/// What a test says and asks.
extension Story {
    static let cluster = ClusterReference(region: "us-east-1")

    // MARK: Workers

    /// Registers a worker and opens its stream.
    @discardableResult
    func join(_ worker: ToyWorker, _ location: SourceLocation = #_sourceLocation) -> ToyWorker {
        if !workers.contains(where: { $0 === worker }) { workers.append(worker) }
        do {
            try register(worker, location)
            try open(worker, location)
        } catch {
            Issue.record("\(worker.name) was refused: \(error.message)", sourceLocation: location)
        }
        return worker
    }

    @discardableResult
    func register(
        _ worker: ToyWorker, _ location: SourceLocation = #_sourceLocation
    ) throws(WorkerRefusal) -> Registered {
        let answer = try call({ .register($0, worker.registration, from: worker.peer) }, location)
        guard case .registered(let registered) = answer else {
            throw WorkerRefusal(.unavailable, "not the answer to Register")
        }
        worker.joined(registered)
        return registered
    }

    func open(
        _ worker: ToyWorker, _ location: SourceLocation = #_sourceLocation
    ) throws(WorkerRefusal) {
        guard let session = worker.session else { return }
        #expect(try call({ .openAssignments($0, session) }, location) == .opened)
    }

    func report(
        _ worker: ToyWorker, _ reports: [TaskReport], _ location: SourceLocation = #_sourceLocation
    ) throws(WorkerRefusal) {
        guard let session = worker.session else { return }
        _ = try call({ .report($0, session, reports) }, location)
    }

    /// Reports a status of one task from the worker that has it.
    func report(_ task: TaskID, _ status: TaskStatus, code: Int? = nil) throws {
        let worker = try #require(workers.first { $0.instance == state.tasks[task]?.instance })
        try report(worker, [worker.report(task, status, code: code)])
    }

    /// Power loss: the connection closes with the host.
    func kill(_ worker: ToyWorker) {
        let session = worker.session
        worker.die()
        if let session { cut(session) }
    }

    /// The agent's process ends and starts again; containers stay.
    func restartAgent(_ worker: ToyWorker) {
        let session = worker.session
        worker.startAgain()
        if let session { cut(session) }
    }

    subscript(_ name: String) -> ToyWorker {
        workers.first { $0.name == name } ?? ToyWorker(name)
    }

    func instance(_ worker: String) throws -> ContainerInstance {
        let id = try #require(self[worker].instance)
        return try #require(state.instances[id])
    }

    // MARK: Objects

    @discardableResult
    func define(
        _ family: String, cpu: Int = 256, memory: Int = 128, ports: [Int] = [],
        attributes: [Attribute] = [], constraints: [PlacementConstraint] = []
    ) throws -> TaskDefinition {
        let container = ContainerDefinition(
            name: "app", image: "image", cpu: cpu, memory: memory,
            portMappings: ports.map { PortMapping(containerPort: 80, hostPort: $0) })
        let request = RegisterTaskDefinition(
            region: "us-east-1", family: family, containers: [container],
            placementConstraints: constraints, requiredAttributes: attributes)
        guard case .taskDefinition(let definition) = try apply(.registerTaskDefinition(request))
        else { throw APIError(.server, "not a definition") }
        return definition
    }

    static func definition(_ family: String, _ revision: Int? = nil) -> TaskDefinitionReference {
        TaskDefinitionReference(region: "us-east-1", family: family, revision: revision)
    }

    static func service(_ name: String) -> ServiceReference {
        ServiceReference(cluster: cluster, name: name)
    }

    /// A service of the family of its name, which is defined first if need be.
    @discardableResult
    func serve(
        _ name: String, _ count: Int, min: Int = 100, max: Int = 200,
        constraints: [PlacementConstraint] = [], strategy: [PlacementStrategy] = [],
        breaker: CircuitBreakerSettings = .init(), tags: [Model.Tag] = [],
        _ location: SourceLocation = #_sourceLocation
    ) throws -> Service {
        if state.families(region: "us-east-1").contains(name) == false { try define(name) }
        let request = CreateService(
            service: Self.service(name), taskDefinition: Self.definition(name), desiredCount: count,
            deploymentConfiguration: DeploymentConfiguration(
                minimumHealthyPercent: min, maximumPercent: max, circuitBreaker: breaker),
            placementConstraints: constraints, placementStrategy: strategy, tags: tags)
        guard case .service(let service) = try apply(.createService(request), location) else {
            throw APIError(.server, "not a service")
        }
        return service
    }

    func update(
        _ name: String, to revision: Int? = nil, count: Int? = nil, min: Int? = nil,
        max: Int? = nil, zones: AvailabilityZoneRebalancing? = nil, force: Bool = false,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let request = UpdateService(
            service: Self.service(name),
            taskDefinition: revision.map { Self.definition(name, $0) }, desiredCount: count,
            minimumHealthyPercent: min, maximumPercent: max, availabilityZoneRebalancing: zones,
            forceNewDeployment: force)
        try apply(.updateService(request), location)
    }

    func delete(_ name: String, force: Bool = true) throws {
        try apply(.deleteService(Self.service(name), force: force))
    }

    func drain(_ worker: String, to wish: UpdatedInstanceState = .draining) throws {
        let id = try #require(self[worker].instance)
        try apply(.updateContainerInstancesState(Self.cluster, [id], wish))
    }

    func deregister(_ worker: String, force: Bool = false) throws {
        try apply(.deregisterContainerInstance(reference(worker), force: force))
    }

    func reference(_ worker: String) throws -> InstanceReference {
        InstanceReference(cluster: Self.cluster, id: try #require(self[worker].instance))
    }

    /// Runs tasks of a family.
    func run(
        _ family: String, _ count: Int = 1, token: String? = nil, group: String? = nil,
        constraints: [PlacementConstraint] = [], strategy: [PlacementStrategy] = []
    ) throws -> (tasks: [ECSTask], failures: [PlacementFailure]) {
        let request = RunTask(
            request: TaskRequest(
                cluster: Self.cluster, taskDefinition: Self.definition(family), group: group),
            count: count, placementConstraints: constraints, placementStrategy: strategy,
            clientToken: token)
        guard case .tasks(let tasks, let failures) = try apply(.runTask(request)) else {
            throw APIError(.server, "not tasks")
        }
        return (tasks, failures)
    }

    func stop(_ task: TaskID, reason: String? = nil) throws {
        try apply(.stopTask(TaskReference(cluster: Self.cluster, id: task), reason: reason))
    }

    // MARK: Questions

    func service(_ name: String) throws -> Service {
        let cluster = try #require(state.cluster(Self.cluster))
        return try #require(state.service(name, in: cluster.id))
    }

    func tasks(_ service: String) throws -> [ECSTask] {
        state.tasks(of: try self.service(service).id)
    }

    /// Where a service's RUNNING tasks are, one name a task: `a a b`.
    func places(_ service: String) throws -> String {
        try tasks(service).filter { $0.lastStatus == .running && $0.desiredStatus == .running }
            .map { task in workers.first { $0.instance == task.instance }?.name ?? "?" }
            .sorted().joined(separator: " ")
    }

    /// The events of a service, oldest first, with `T`, `D` and workers' names for ids.
    func events(_ service: String) throws -> [String] {
        state.events(of: try self.service(service).id).map { event in
            var text = event.message
            for worker in workers {
                if let id = worker.instance { text.replace("\(id)", with: worker.name) }
            }
            text.replace(/[0-9a-f]{32}/, with: "T")
            text.replace(/ecs-svc\/[0-9]+/, with: "D")
            text.replace("(service \(service)) ", with: "", maxReplacements: 1)
            return text
        }
    }

    func isSteady(_ name: String) throws -> Bool {
        let service = try service(name)
        let live = state.liveTasks(of: service.id)
        return service.deployments.count == 1 && service.deployments[0].rolloutState == .completed
            && live.count == service.desiredCount
            && live.allSatisfy {
                $0.lastStatus == .running && $0.deployment == service.deployments[0].id
            }
    }
}
