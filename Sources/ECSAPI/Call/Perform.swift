import Model

/// The ways from an operation's name to the method that performs it.
extension Call {
    func perform(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        switch operation {
        case .describeCapacityProviders: try await answer(body, describeCapacityProviders)
        case .describeClusters: try await answer(body, describeClusters)
        case .describeContainerInstances: try await answer(body, describeContainerInstances)
        case .describeExpressGatewayService: try await answer(body, describeExpressGatewayService)
        case .describeServiceDeployments: try await answer(body, describeServiceDeployments)
        case .describeServiceRevisions: try await answer(body, describeServiceRevisions)
        case .describeServices: try await answer(body, describeServices)
        case .describeTaskDefinition: try await answer(body, describeTaskDefinition)
        case .describeTaskSets: try await answer(body, describeTaskSets)
        case .describeTasks: try await answer(body, describeTasks)
        case .discoverPollEndpoint: try await answer(body, discoverPollEndpoint)
        case .getTaskProtection: try await answer(body, getTaskProtection)
        case .listAccountSettings: try await answer(body, listAccountSettings)
        case .listAttributes: try await answer(body, listAttributes)
        case .listClusters: try await answer(body, listClusters)
        case .listContainerInstances: try await answer(body, listContainerInstances)
        case .listServiceDeployments: try await answer(body, listServiceDeployments)
        case .listServices: try await answer(body, listServices)
        case .listServicesByNamespace: try await answer(body, listServicesByNamespace)
        case .listTagsForResource: try await answer(body, listTagsForResource)
        case .listTaskDefinitionFamilies: try await answer(body, listTaskDefinitionFamilies)
        case .listTaskDefinitions: try await answer(body, listTaskDefinitions)
        case .listTasks: try await answer(body, listTasks)
        default: try await performChange(body)
        }
    }

    private func performChange(_ body: [UInt8]) async throws(APIError) -> [UInt8] {
        switch operation {
        case .continueServiceDeployment: try await answer(body, continueServiceDeployment)
        case .createCapacityProvider: try await answer(body, createCapacityProvider)
        case .createCluster: try await answer(body, createCluster)
        case .createExpressGatewayService: try await answer(body, createExpressGatewayService)
        case .createService: try await answer(body, createService)
        case .createTaskSet: try await answer(body, createTaskSet)
        case .deleteAccountSetting: try await answer(body, deleteAccountSetting)
        case .deleteAttributes: try await answer(body, deleteAttributes)
        case .deleteCapacityProvider: try await answer(body, deleteCapacityProvider)
        case .deleteCluster: try await answer(body, deleteCluster)
        case .deleteExpressGatewayService: try await answer(body, deleteExpressGatewayService)
        case .deleteService: try await answer(body, deleteService)
        case .deleteTaskDefinitions: try await answer(body, deleteTaskDefinitions)
        case .deleteTaskSet: try await answer(body, deleteTaskSet)
        case .deregisterContainerInstance: try await answer(body, deregisterContainerInstance)
        case .deregisterTaskDefinition: try await answer(body, deregisterTaskDefinition)
        case .executeCommand: try await answer(body, executeCommand)
        case .putAccountSetting: try await answer(body, putAccountSetting)
        case .putAccountSettingDefault: try await answer(body, putAccountSettingDefault)
        case .putAttributes: try await answer(body, putAttributes)
        case .putClusterCapacityProviders: try await answer(body, putClusterCapacityProviders)
        case .registerContainerInstance: try await answer(body, registerContainerInstance)
        case .registerTaskDefinition: try await answer(body, registerTaskDefinition)
        case .runTask: try await answer(body, runTask)
        case .startTask: try await answer(body, startTask)
        case .stopServiceDeployment: try await answer(body, stopServiceDeployment)
        case .stopTask: try await answer(body, stopTask)
        case .submitAttachmentStateChanges: try await answer(body, submitAttachmentStateChanges)
        case .submitContainerStateChange: try await answer(body, submitContainerStateChange)
        case .submitTaskStateChange: try await answer(body, submitTaskStateChange)
        case .tagResource: try await answer(body, tagResource)
        case .untagResource: try await answer(body, untagResource)
        case .updateCapacityProvider: try await answer(body, updateCapacityProvider)
        case .updateCluster: try await answer(body, updateCluster)
        case .updateClusterSettings: try await answer(body, updateClusterSettings)
        case .updateContainerAgent: try await answer(body, updateContainerAgent)
        case .updateContainerInstancesState: try await answer(body, updateContainerInstancesState)
        case .updateExpressGatewayService: try await answer(body, updateExpressGatewayService)
        case .updateService: try await answer(body, updateService)
        case .updateServicePrimaryTaskSet: try await answer(body, updateServicePrimaryTaskSet)
        case .updateTaskProtection: try await answer(body, updateTaskProtection)
        case .updateTaskSet: try await answer(body, updateTaskSet)
        default:
            // Where the model knows an operation that Muster does not have, pretending would be
            // worse than refusing.
            throw unsupported(
                "Muster knows the operation \(operation.rawValue) but does not have it yet.")
        }
    }
}
