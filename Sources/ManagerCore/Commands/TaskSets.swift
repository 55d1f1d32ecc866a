import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// The commands of a program that rolls out services with the EXTERNAL deployment controller.
extension ManagerCore {
    mutating func create(_ request: CreateTaskSet) throws(APIError) -> Outcome {
        var service = try externalService(request.service)
        let definition = try activeDefinition(request.taskDefinition)
        try check(service.placementConstraints, with: definition)
        if let token = request.clientToken,
            let made = service.taskSets.first(where: { $0.clientToken == token })
        {
            guard made.taskDefinition == definition.key else {
                throw APIError(.invalidParameter, "Creation of task set was not idempotent.")
            }
            return .taskSet(made, of: service)
        }
        let most = settings.quotas.taskSetsPerService
        guard service.taskSets.count < most else {
            throw APIError(
                .limitExceeded,
                "Service \(service.name) has \(most) task sets, the most it may; delete some.")
        }
        let set = TaskSet(
            id: DeploymentID(number: random.nineteenDigits()), taskDefinition: definition.key,
            launchType: request.launchType, scale: request.scale, externalID: request.externalID,
            clientToken: request.clientToken, tags: request.tags, createdAt: now.wall)
        service.taskSets.append(set)
        return keep(set, of: service)
    }

    mutating func rescale(
        _ id: DeploymentID, of reference: ServiceReference, to scale: Double
    ) throws(APIError) -> Outcome {
        try change(id, of: reference) { $0.scale = scale }
    }

    mutating func deleteTaskSet(
        _ id: DeploymentID, of reference: ServiceReference, force: Bool
    ) throws(APIError) -> Outcome {
        let service = try externalService(reference)
        let set = service.taskSets.first { $0.id == id }
        guard force || set?.scale == 0 || set == nil else {
            throw APIError(
                .invalidParameter,
                "The task set cannot be deleted while it is scaled above 0. Scale it to 0 with "
                    + "UpdateTaskSet, or use force.")
        }
        return try change(id, of: reference) { set in
            set.isDraining = true
            set.isPrimary = false
        }
    }

    mutating func makePrimary(
        _ id: DeploymentID, of reference: ServiceReference
    ) throws(APIError) -> Outcome {
        var service = try externalService(reference)
        for index in service.taskSets.indices where service.taskSets[index].id != id {
            guard service.taskSets[index].isPrimary else { continue }
            service.taskSets[index].isPrimary = false
            service.taskSets[index].updatedAt = now.wall
        }
        return try change(id, of: service) { $0.isPrimary = true }
    }

    private mutating func change(
        _ id: DeploymentID, of reference: ServiceReference, _ body: (inout TaskSet) -> Void
    ) throws(APIError) -> Outcome {
        try change(id, of: try externalService(reference), body)
    }

    private mutating func change(
        _ id: DeploymentID, of known: Service, _ body: (inout TaskSet) -> Void
    ) throws(APIError) -> Outcome {
        var service = known
        guard
            let index = service.taskSets.firstIndex(where: { $0.id == id && !$0.isDraining })
        else { throw APIError(.taskSetNotFound, "The specified task set was not found.") }
        body(&service.taskSets[index])
        service.taskSets[index].updatedAt = now.wall
        return keep(service.taskSets[index], of: service)
    }

    private mutating func keep(_ set: TaskSet, of service: Service) -> Outcome {
        record(.service(service))
        dirty.append(service.id)
        return .taskSet(set, of: service)
    }

    func externalService(_ reference: ServiceReference) throws(APIError) -> Service {
        let cluster = try activeCluster(reference.cluster)
        guard let service = state.service(reference.name, in: cluster.id) else {
            throw APIError(.serviceNotFound, "Service not found.")
        }
        guard service.status == .active else {
            throw APIError(.serviceNotActive, "Service was not ACTIVE.")
        }
        guard service.controller == .external else {
            throw APIError(
                .invalidParameter,
                "Task sets are for services with the EXTERNAL deployment controller; service "
                    + "\(service.name) has \(service.controller.rawValue).")
        }
        return service
    }

    /// What an UpdateService can't be told of such a service: its task sets have it.
    func checkExternal(_ service: Service, _ request: UpdateService) throws(APIError) {
        guard service.controller == .external else { return }
        let unwanted =
            request.taskDefinition != nil
            ? "task definition"
            : request.forceNewDeployment
                ? "deployment"
                : request.minimumHealthyPercent ?? request.maximumPercent != nil
                    || request.circuitBreaker != nil ? "deployment configuration" : nil
        guard let unwanted else { return }
        throw APIError(
            .invalidParameter,
            "Unable to update \(unwanted) on services with an EXTERNAL deployment controller. Use "
                + "CreateTaskSet to start a new deployment.")
    }
}
