import ClusterState
package import Model

/// API calls that change the state, one handler each in the files beside this one.
extension ManagerCore {
    mutating func carryOut(_ command: Command, for call: CallID) {
        cause = command.name
        do throws(APIError) {
            let outcome = try carryOut(command)
            effects.replies.append(.init(call: call, result: .success(outcome)))
        } catch {
            effects.replies.append(.init(call: call, result: .failure(error)))
        }
    }

    private mutating func carryOut(_ command: Command) throws(APIError) -> Outcome {
        switch command {
        case .createCluster(let request): try create(request)
        case .updateCluster(let request): try update(request)
        case .deleteCluster(let reference): try deleteCluster(reference)
        case .registerTaskDefinition(let request): try register(request)
        case .deregisterTaskDefinition(let reference): try deregister(reference)
        case .deleteTaskDefinitions(let references): deleteDefinitions(references)
        case .createService(let request): try create(request)
        case .updateService(let request): try update(request)
        case .deleteService(let reference, let force): try deleteService(reference, force: force)
        case .createTaskSet(let request): try create(request)
        case .updateTaskSet(let service, let id, let scale): try rescale(id, of: service, to: scale)
        case .deleteTaskSet(let service, let id, let force):
            try deleteTaskSet(id, of: service, force: force)
        case .updateServicePrimaryTaskSet(let service, let id): try makePrimary(id, of: service)
        case .stopServiceDeployment(let reference, let stop):
            try stopDeployment(reference, stop)
        case .runTask(let request): try run(request)
        case .startTask(let request): try start(request)
        case .stopTask(let reference, let reason): try stopTask(reference, reason: reason)
        case .registerContainerInstance(let request): try register(request)
        case .deregisterContainerInstance(let reference, let force):
            try deregister(reference, force: force)
        case .updateContainerInstancesState(let cluster, let ids, let wish):
            try setState(of: ids, in: cluster, to: wish)
        case .updateTaskProtection(let cluster, let ids, let minutes):
            try updateProtection(of: ids, in: cluster, minutes: minutes)
        case .putAttributes(let cluster, let wanted): try putAttributes(wanted, in: cluster)
        case .deleteAttributes(let cluster, let unwanted):
            try deleteAttributes(unwanted, in: cluster)
        case .tag(let reference, let tags): try changeTags(of: reference) { $0.merge(tags) }
        case .untag(let reference, let keys):
            try changeTags(of: reference) { tags in tags.removeAll { keys.contains($0.key) } }
        case .resolveMassSilence(let cluster, let decision): try resolve(cluster, decision)
        case .createJoinToken(let request): try create(request)
        case .revokeJoinToken(let id): try revokeJoinToken(id)
        case .revokeWorker(let cluster, let worker): try revokeWorker(cluster, worker)
        case .redirectWorkers(let request): try redirect(request)
        case .createCapacityProvider(let request): try create(request)
        case .updateCapacityProvider(let reference, let document):
            try updateCapacityProvider(reference, document)
        case .deleteCapacityProvider(let reference): try deleteCapacityProvider(reference)
        case .putClusterCapacityProviders(let request): try put(request)
        case .putAccountSetting(let setting): try put(setting)
        case .deleteAccountSetting(let key): deleteAccountSetting(key)
        case .createAccessKey(let request): try create(request)
        case .revokeAccessKey(let id): try revokeAccessKey(id)
        case .createLogGroup(let group, let tags): try createLogGroup(group, tags)
        case .deleteLogGroup(let group): try deleteLogGroup(group)
        case .changeLogGroup(let group, let change): try changeLogGroup(group, change)
        case .reset: try reset()
        }
    }

    func activeCluster(_ reference: ClusterReference) throws(APIError) -> Cluster {
        guard let cluster = state.cluster(reference) else {
            throw APIError(.clusterNotFound, "Cluster not found.")
        }
        guard cluster.status == .active else {
            throw APIError(.clusterNotFound, "The referenced cluster was inactive.")
        }
        return cluster
    }

    /// A definition that new tasks may be made from.
    func activeDefinition(
        _ reference: TaskDefinitionReference
    ) throws(APIError) -> TaskDefinition {
        guard let definition = state.definition(reference) else {
            throw APIError(.client, "TaskDefinition not found.")
        }
        guard definition.status == .active else {
            throw APIError(.client, "TaskDefinition is inactive")
        }
        return definition
    }
}

extension Command {
    /// The name of the operation, for the record of causes.
    package var name: String {
        switch self {
        case .createCluster: "CreateCluster"
        case .updateCluster: "UpdateCluster"
        case .deleteCluster: "DeleteCluster"
        case .registerTaskDefinition: "RegisterTaskDefinition"
        case .deregisterTaskDefinition: "DeregisterTaskDefinition"
        case .deleteTaskDefinitions: "DeleteTaskDefinitions"
        case .createService: "CreateService"
        case .updateService: "UpdateService"
        case .deleteService: "DeleteService"
        case .createTaskSet: "CreateTaskSet"
        case .updateTaskSet: "UpdateTaskSet"
        case .deleteTaskSet: "DeleteTaskSet"
        case .updateServicePrimaryTaskSet: "UpdateServicePrimaryTaskSet"
        case .stopServiceDeployment: "StopServiceDeployment"
        case .runTask: "RunTask"
        case .startTask: "StartTask"
        case .stopTask: "StopTask"
        case .registerContainerInstance: "RegisterContainerInstance"
        case .deregisterContainerInstance: "DeregisterContainerInstance"
        case .updateContainerInstancesState: "UpdateContainerInstancesState"
        case .updateTaskProtection: "UpdateTaskProtection"
        case .putAttributes: "PutAttributes"
        case .deleteAttributes: "DeleteAttributes"
        case .tag: "TagResource"
        case .untag: "UntagResource"
        case .resolveMassSilence: "ResolveMassSilence"
        case .createJoinToken: "CreateJoinToken"
        case .revokeJoinToken: "RevokeJoinToken"
        case .revokeWorker: "RevokeWorker"
        case .redirectWorkers: "RedirectWorkers"
        case .createCapacityProvider: "CreateCapacityProvider"
        case .updateCapacityProvider: "UpdateCapacityProvider"
        case .deleteCapacityProvider: "DeleteCapacityProvider"
        case .putClusterCapacityProviders: "PutClusterCapacityProviders"
        case .putAccountSetting: "PutAccountSetting"
        case .deleteAccountSetting: "DeleteAccountSetting"
        case .createAccessKey: "CreateAccessKey"
        case .revokeAccessKey: "RevokeAccessKey"
        case .createLogGroup: "CreateLogGroup"
        case .deleteLogGroup: "DeleteLogGroup"
        case .changeLogGroup(_, .retention(let days)):
            days == nil ? "DeleteRetentionPolicy" : "PutRetentionPolicy"
        case .changeLogGroup(_, .tag): "TagLogGroup"
        case .changeLogGroup(_, .untag): "UntagLogGroup"
        case .reset: "Reset"
        }
    }
}
