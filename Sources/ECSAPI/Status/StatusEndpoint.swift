import ClusterState
import HashTreeCollections
public import Model

/// Muster's own endpoints beside the AWS ones: the report behind `muster status`, and the
/// operator's word on a mass silence.
public struct StatusEndpoint: Sendable {
    private let account: String
    private let defaultRegion: String
    private let controlPlane: any ControlPlane

    public init(account: String, defaultRegion: String, controlPlane: some ControlPlane) {
        self.account = account
        self.defaultRegion = defaultRegion
        self.controlPlane = controlPlane
    }

    /// A ``StatusReport`` as JSON.
    public func status(at time: WallTime) throws(APIError) -> [UInt8] {
        try OwnCoding.encode(
            StatusReport(
                controlPlane.snapshot(), controlPlane.usage(), account: account, at: time))
    }

    /// Carries out `{"cluster", "region", "decision": "replace"|"hold"}`; cluster and region may be
    /// left out.
    public func resolveMassSilence(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        let request = try OwnCoding.decode(MassSilenceRequest.self, from: body, help: Self.help)
        guard let decision = MassSilenceDecision(rawValue: request.decision ?? "") else {
            throw APIError(.invalidParameter, "Send \(Self.help).")
        }
        let cluster = ClusterReference(
            region: request.region ?? defaultRegion, name: request.cluster ?? "default")
        _ = try await controlPlane.submit(.resolveMassSilence(cluster, decision))
        return Array("{}".utf8)
    }

    private struct MassSilenceRequest: Decodable {
        var cluster: String?
        var region: String?
        var decision: String?
    }

    private static let help =
        #"{"cluster": "…", "region": "…", "decision": "replace"} or "hold""#
}

extension StatusReport {
    /// - Parameter usage: what containers use; that of the past is not kept.
    init(
        _ state: ClusterState, _ usage: UsageReading = UsageReading(), account: String,
        at time: WallTime
    ) {
        revision = state.revision
        self.time = time.milliseconds
        clusters = state.clusters.values
            .sorted { ($0.region, $0.name) < ($1.region, $1.name) }
            .filter { $0.status == .active }
            .map {
                Cluster($0, in: state, usage, arns: ARNs(account: account, region: $0.region))
            }
    }
}

extension StatusReport.Cluster {
    init(_ cluster: Model.Cluster, in state: ClusterState, _ usage: UsageReading, arns: ARNs) {
        region = cluster.region
        name = cluster.name
        arn = arns.cluster(cluster.name)
        status = cluster.status.rawValue
        workers = state.instances(of: cluster.id)
            .filter { $0.status != .inactive }
            .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
            .map { StatusReport.Worker($0, in: state, usage.health(of: $0)) }
        services = state.services(of: cluster.id)
            .filter { $0.status != .inactive }
            .map { StatusReport.Service($0, in: state, usage) }
        let all = state.tasks(of: cluster.id).sorted {
            ($0.lastStatus == .stopped ? 1 : 0, -$0.createdAt.milliseconds, $0.id)
                < ($1.lastStatus == .stopped ? 1 : 0, -$1.createdAt.milliseconds, $1.id)
        }
        tasks = all.prefix(StatusReport.tasksMaximum).map { task in
            StatusReport.Task(task, in: state, usage.usage(of: task))
        }
        tasksLeftOut = all.count - tasks.count
    }
}

extension StatusReport.Worker {
    init(_ instance: ContainerInstance, in state: ClusterState, _ told: ToldHealth?) {
        let usage = state.usage(of: instance.id)
        id = instance.id.description
        name = instance.name
        status = instance.status.rawValue
        connected = instance.agentConnected
        epoch = instance.epoch
        runtime = instance.runtime
        agentVersion = instance.agentVersion
        registeredAt = instance.registeredAt.milliseconds
        cpu = instance.registered.cpu
        cpuReserved = usage.cpu
        memory = instance.registered.memory
        memoryReserved = usage.memory
        runningTasks = usage.running
        pendingTasks = usage.pending
        liveTasks = usage.live
        health = told.map { told in
            StatusReport.Health(
                runtime: StatusReport.Finding(told.runtime), disk: StatusReport.Finding(told.disk),
                toldAt: told.toldAt.milliseconds)
        }
    }
}

extension StatusReport.Finding {
    init(_ finding: ToldHealth.Finding) {
        fault = finding.fault
        changedAt = finding.changedAt.milliseconds
    }
}

extension StatusReport.Service {
    init(_ service: Model.Service, in state: ClusterState, _ usage: UsageReading) {
        let utilisation = state.utilisation(of: service.id, by: usage)
        let counts = state.counts(of: service.id)
        let event = state.events(of: service.id).last
        name = service.name
        status = service.status.rawValue
        taskDefinition = service.deployments.first?.taskDefinition.description ?? ""
        desired = service.desiredCount
        running = counts.running
        pending = counts.pending
        rolloutState = service.deployments.first?.rolloutState.rawValue
        nextStartAt = service.deployments.first?.nextStartAt?.milliseconds
        deployments = service.deployments.count
        lastEvent = event?.message
        lastEventAt = event?.createdAt.milliseconds
        cpuUtilisation = utilisation?.cpu
        memoryUtilisation = utilisation?.memory
    }
}

extension StatusReport.Task {
    init(_ task: ECSTask, in state: ClusterState, _ usages: [ContainerUsage]) {
        id = task.id.description
        group = task.group
        taskDefinition = task.definition.description
        worker = state.instances[task.instance]?.name ?? task.instance.description
        lastStatus = task.lastStatus.name
        desiredStatus = task.desiredStatus.rawValue
        health = task.health.rawValue
        createdAt = task.createdAt.milliseconds
        startedAt = task.startedAt?.milliseconds
        stoppedAt = task.stoppedAt?.milliseconds
        stopCode = task.stopCode?.rawValue
        stoppedReason = task.stoppedReason
        containers = task.containers.map { container in
            StatusReport.Container(
                name: container.name, status: container.lastStatus.name,
                exitCode: container.exitCode, reason: container.reason,
                restarts: container.restarts,
                ports: container.networkBindings.map {
                    "\($0.hostPort)->\($0.containerPort)/\($0.transport.rawValue)"
                },
                usage: usages.first { $0.container == container.name }
                    .map { StatusReport.Usage($0) })
        }
    }
}

extension StatusReport.Usage {
    init(_ usage: ContainerUsage) {
        cpu = usage.cpuUnits
        memory = usage.memory
        memoryLimit = usage.memoryLimit > 0 ? usage.memoryLimit : nil
        received = usage.received
        sent = usage.sent
        processes = Int(usage.processes)
    }
}
