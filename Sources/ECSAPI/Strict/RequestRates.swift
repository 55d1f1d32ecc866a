/// What AWS counts together when it throttles requests: the categories of ECS's API Reference,
/// "Request throttling", each with a bucket an account and region.
public enum RequestCategory: String, CaseIterable, Sendable {
    case clusterModify, clusterRead
    case definitionModify, definitionRead, definitionDelete
    case providerModify, providerRead
    case tagModify, tagRead
    case settingModify, settingRead
    case resourceModify, resourceRead
    case agentModify
    case serviceModify, serviceRead
    case deploymentRead
    case protection

    /// The table.
    public var rate: TokenBucket.Rate {
        switch self {
        case .clusterModify: .init(burst: 20, perSecond: 1)
        case .clusterRead: .init(burst: 50, perSecond: 20)
        case .definitionModify: .init(burst: 20, perSecond: 1)
        case .definitionRead: .init(burst: 50, perSecond: 20)
        case .definitionDelete: .init(burst: 5, perSecond: 1)
        case .providerModify: .init(burst: 10, perSecond: 1)
        case .providerRead: .init(burst: 50, perSecond: 20)
        case .tagModify: .init(burst: 20, perSecond: 10)
        case .tagRead: .init(burst: 50, perSecond: 20)
        case .settingModify: .init(burst: 10, perSecond: 1)
        case .settingRead: .init(burst: 50, perSecond: 20)
        case .resourceModify: .init(burst: 100, perSecond: 40)
        case .resourceRead: .init(burst: 100, perSecond: 20)
        case .agentModify: .init(burst: 200, perSecond: 120)
        case .serviceModify: .init(burst: 50, perSecond: 5)
        case .serviceRead: .init(burst: 100, perSecond: 20)
        case .deploymentRead: .init(burst: 50, perSecond: 20)
        case .protection: .init(burst: 200, perSecond: 80)
        }
    }
}

extension OperationName {
    /// AWS's page has no line yet for managed daemons and Express Gateway services: they count with
    /// what they are made of.
    var category: RequestCategory {
        switch self {
        case .createCluster, .deleteCluster, .putClusterCapacityProviders, .updateCluster,
            .updateClusterSettings:
            .clusterModify
        case .describeClusters, .listClusters: .clusterRead
        case .deregisterTaskDefinition, .registerDaemonTaskDefinition, .registerTaskDefinition:
            .definitionModify
        case .describeDaemonTaskDefinition, .describeTaskDefinition, .listDaemonTaskDefinitions,
            .listTaskDefinitionFamilies, .listTaskDefinitions:
            .definitionRead
        case .deleteDaemonTaskDefinition, .deleteTaskDefinitions: .definitionDelete
        case .createCapacityProvider, .deleteCapacityProvider, .updateCapacityProvider:
            .providerModify
        case .describeCapacityProviders: .providerRead
        case .tagResource, .untagResource: .tagModify
        case .listTagsForResource: .tagRead
        case .deleteAccountSetting, .putAccountSetting, .putAccountSettingDefault: .settingModify
        case .listAccountSettings: .settingRead
        case .deleteAttributes, .deregisterContainerInstance, .executeCommand, .putAttributes,
            .runTask, .startTask, .stopTask, .updateContainerAgent, .updateContainerInstancesState:
            .resourceModify
        case .describeContainerInstances, .describeTasks, .listAttributes, .listContainerInstances,
            .listTasks:
            .resourceRead
        case .discoverPollEndpoint, .registerContainerInstance, .submitAttachmentStateChanges,
            .submitContainerStateChange, .submitTaskStateChange:
            .agentModify
        case .continueServiceDeployment, .createDaemon, .createExpressGatewayService,
            .createService, .createTaskSet, .deleteDaemon, .deleteExpressGatewayService,
            .deleteService, .deleteTaskSet, .stopServiceDeployment, .updateDaemon,
            .updateExpressGatewayService, .updateService, .updateServicePrimaryTaskSet,
            .updateTaskSet:
            .serviceModify
        case .describeDaemon, .describeExpressGatewayService, .describeServices, .describeTaskSets,
            .listDaemons, .listServices, .listServicesByNamespace:
            .serviceRead
        case .describeDaemonDeployments, .describeDaemonRevisions, .describeServiceDeployments,
            .describeServiceRevisions, .listDaemonDeployments, .listServiceDeployments:
            .deploymentRead
        case .getTaskProtection, .updateTaskProtection: .protection
        }
    }
}
