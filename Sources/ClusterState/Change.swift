public import Model

/// The new value of one object, or its removal. State is a fold over these, so the journal that
/// keeps them is recovery and audit trail at once.
public enum Change: Hashable, Sendable, Codable {
    case cluster(Cluster)
    case taskDefinition(TaskDefinition)
    case instance(ContainerInstance)
    case service(Service)
    case serviceEvent(ServiceEvent)
    case serviceDeployment(ServiceDeployment)
    case serviceRevision(ServiceRevision)
    case task(ECSTask)
    case joinToken(JoinToken)
    case worker(WorkerIdentity)
    case capacityProvider(CapacityProvider)
    case accountSetting(AccountSetting)
    case accessKey(AccessKey)
    case logGroup(LogGroup)
    case removeCluster(ClusterID)
    case removeTaskDefinition(TaskDefinitionKey)
    case removeInstance(InstanceID)
    case removeService(ServiceID)
    case removeServiceDeployment(ServiceDeploymentID)
    case removeServiceRevision(DeploymentID)
    case removeTask(TaskID)
    case removeJoinToken(JoinTokenID)
    case removeWorker(WorkerID)
    case removeCapacityProvider(CapacityProviderReference)
    case removeAccountSetting(AccountSetting.Key)
    case removeAccessKey(AccessKeyID)
    case removeLogGroup(LogGroupReference)
}

/// A change with its place in the history.
public struct ChangeRecord: Hashable, Sendable, Codable {
    /// Grows by one with each record, over restarts too.
    public var revision: UInt64
    public var time: WallTime
    /// What brought it about, in a word or two: `RunTask`, `lease expired`.
    public var cause: String
    public var change: Change

    public init(revision: UInt64, time: WallTime, cause: String, change: Change) {
        self.revision = revision
        self.time = time
        self.cause = cause
        self.change = change
    }
}

extension ChangeRecord {
    /// The same without secrets, sealed ones too, for who looks back.
    public var withoutSecrets: ChangeRecord {
        guard case .accessKey(let key) = change else { return self }
        var record = self
        record.change = .accessKey(key.withoutSecret)
        return record
    }
}
