import ClusterState
import HashTreeCollections
import Model

/// A change as a line for people: of what, and what it became.
struct ChangeSummary {
    var kind: String
    var id: String
    var name: String?
    var text: String

    /// - Parameter state: Only for the names of workers.
    init(_ change: Change, in state: ClusterState) {
        switch change {
        case .cluster(let cluster):
            self.init("cluster", cluster.id, cluster.name, cluster.status.rawValue)
        case .taskDefinition(let definition):
            self.init(
                "task-definition", "\(definition.key)", nil, definition.status.rawValue)
        case .instance(let instance):
            self.init(instance)
        case .service(let service):
            self.init(service)
        case .serviceEvent(let event):
            self.init(
                "event", event.id, state.services[event.service]?.name, event.message)
        case .serviceDeployment(let deployment):
            self.init(
                "deployment", deployment.id.short, state.services[deployment.service]?.name,
                [deployment.status.rawValue, deployment.statusReason].text)
        case .serviceRevision(let revision):
            self.init(
                "revision", revision.id, state.services[revision.service]?.name,
                "\(revision.taskDefinition)")
        case .task(let task):
            self.init(task, in: state)
        case .joinToken(let token):
            self.init("join-token", token.id, nil, token.revokedAt != nil ? "REVOKED" : "made")
        case .worker(let worker):
            self.init(
                "worker", worker.id, worker.name, worker.revokedAt == nil ? "joined" : "REVOKED")
        case .accountSetting(let setting):
            self.init("account-setting", setting.key.name, setting.key.principal, setting.value)
        case .accessKey(let key):
            self.init(
                "access-key", key.id, key.name.isEmpty ? nil : key.name,
                [
                    key.revokedAt == nil ? "made" : "REVOKED",
                    key.isReadOnly ? "for reading" : nil,
                ].text)
        case .logGroup(let group):
            let days = group.retentionInDays.map { "kept for \($0) days" } ?? "kept"
            self.init(
                "log-group", group.reference.name, nil, group.isDeleted ? "DELETED" : days)
        default:
            self.init(removal: change)
        }
    }

    private init(
        _ kind: String, _ id: some CustomStringConvertible, _ name: String?, _ text: String
    ) {
        self.kind = kind
        self.id = "\(id)"
        self.name = name
        self.text = text
    }

    private init(removal: Change) {
        let text = "no longer kept"
        switch removal {
        case .removeCluster(let id): self.init("cluster", id, nil, text)
        case .removeTaskDefinition(let key): self.init("task-definition", key, nil, text)
        case .removeInstance(let id): self.init("instance", id, nil, text)
        case .removeService(let id): self.init("service", id, nil, text)
        case .removeServiceDeployment(let id): self.init("deployment", id.short, nil, text)
        case .removeServiceRevision(let id): self.init("revision", id, nil, text)
        case .removeTask(let id): self.init("task", id, nil, text)
        case .removeJoinToken(let id): self.init("join-token", id, nil, text)
        case .removeWorker(let id): self.init("worker", id, nil, text)
        case .removeAccessKey(let id): self.init("access-key", id, nil, text)
        case .removeAccountSetting(let key):
            self.init("account-setting", key.name, key.principal, text)
        case .removeLogGroup(let reference): self.init("log-group", reference.name, nil, text)
        default: self.init("change", "", nil, "")
        }
    }

    private init(_ instance: ContainerInstance) {
        self.init(
            "instance", instance.id, instance.name,
            [instance.status.rawValue, instance.agentConnected ? "connected" : "SILENT"].text)
    }

    private init(_ service: Model.Service) {
        let deployments = service.deployments.map { deployment in
            "\(deployment.taskDefinition) \(deployment.rolloutState.rawValue)"
        }
        self.init(
            "service", service.id, service.name,
            [service.status.rawValue, "desired \(service.desiredCount)"].text
                + (deployments.isEmpty ? "" : "; " + deployments.joined(separator: "; ")))
    }

    private init(_ task: ECSTask, in state: ClusterState) {
        let worker = state.instances[task.instance]?.name ?? "\(task.instance)"
        var parts = [task.lastStatus.name]
        if task.desiredStatus == .stopped, task.lastStatus != .stopped { parts.append("to stop") }
        parts.append("on \(worker)")
        if task.health != .unknown { parts.append(task.health.rawValue) }
        parts += task.containers.compactMap { container in
            container.exitCode.map { "\(container.name) exit \($0)" }
        }
        if let reason = task.stoppedReason { parts.append(reason) }
        self.init("task", task.id, "\(task.definition)", parts.joined(separator: ", "))
    }
}

extension [String?] {
    fileprivate var text: String { compactMap(\.self).joined(separator: ", ") }
}
