import ClusterState
import ManagerCore
import Model

/// Short texts for the log.
extension World {
    static func text(_ record: ChangeRecord) -> String {
        "@\(record.revision) [\(record.cause)] \(text(record.change))"
    }

    private static func text(_ change: Change) -> String {
        switch change {
        case .cluster(let cluster): "cluster \(cluster.name) \(cluster.status.rawValue)"
        case .taskDefinition(let definition):
            "definition \(definition.key.family):\(definition.key.revision)"
        case .instance(let instance):
            "instance \(instance.name) \(instance.status.rawValue) epoch \(instance.epoch)"
                + (instance.agentConnected ? "" : " not connected")
        case .service(let service):
            "service \(service.name) \(service.status.rawValue) desired \(service.desiredCount)"
                + ", \(service.deployments.count) deployments"
        case .serviceEvent(let event): "event \(event.message)"
        case .serviceDeployment(let deployment):
            "service deployment \(deployment.id.short) \(deployment.status.rawValue)"
        case .serviceRevision(let revision): "service revision \(revision.id.number)"
        case .task(let task):
            "task \(task.id.description.prefix(8)) \(task.group) on "
                + "\(task.instance.description.prefix(8)) \(task.lastStatus.name)/"
                + "\(task.desiredStatus.rawValue) \(task.stoppedReason ?? "")"
        case .joinToken(let token): "join token \(token.id)"
        case .worker(let worker): "worker \(worker.name)"
        case .capacityProvider(let provider): "capacity provider \(provider.reference.name)"
        case .accountSetting(let setting): "account setting \(setting.key.name)"
        case .accessKey(let key): "access key \(key.id)"
        case .logGroup(let group): "log group \(group.reference.name)"
        case .removeCluster(let id): "forgets cluster \(id)"
        case .removeTaskDefinition(let key): "forgets definition \(key)"
        case .removeInstance(let id): "forgets instance \(id)"
        case .removeService(let id): "forgets service \(id)"
        case .removeServiceDeployment(let id): "forgets service deployment \(id.short)"
        case .removeServiceRevision(let id): "forgets service revision \(id.number)"
        case .removeTask(let id): "forgets task \(id.description.prefix(8))"
        case .removeJoinToken(let id): "forgets join token \(id)"
        case .removeWorker(let id): "forgets worker \(id)"
        case .removeCapacityProvider(let reference): "forgets provider \(reference.name)"
        case .removeAccountSetting(let key): "forgets account setting \(key.name)"
        case .removeAccessKey(let id): "forgets access key \(id)"
        case .removeLogGroup(let reference): "forgets log group \(reference.name)"
        }
    }

    static func text(_ command: Command) -> String {
        switch command {
        case .createService(let request):
            "create service \(request.service.name) desired \(request.desiredCount)"
        case .updateService(let request):
            "update service \(request.service.name)"
                + (request.desiredCount.map { " desired \($0)" } ?? "")
                + (request.taskDefinition.map { " to \($0.family)" } ?? "")
                + (request.forceNewDeployment ? " anew" : "")
        case .deleteService(let reference, _): "delete service \(reference.name)"
        case .runTask(let request):
            "run \(request.count) of \(request.request.taskDefinition.family), token "
                + (request.clientToken ?? "none")
        case .stopTask(let reference, _): "stop task \(reference.id.description.prefix(8))"
        case .updateContainerInstancesState(_, let ids, let state):
            "\(ids.count) instances \(state.rawValue)"
        case .registerTaskDefinition(let request): "register \(request.family)"
        default: String("\(command)".prefix(100))
        }
    }

    static func text(_ result: Result<Outcome, APIError>) -> String {
        switch result {
        case .success(.tasks(let tasks, let failures)):
            "\(tasks.count) tasks, \(failures.count) failures"
        case .success: "done"
        case .failure(let error): "\(error.code.rawValue): \(error.message)"
        }
    }
}
