import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

extension ManagerCore {
    mutating func create(_ request: CreateService) throws(APIError) -> Outcome {
        try check(desiredCount: request.desiredCount)
        let cluster = try activeCluster(request.service.cluster)
        let definition = try request.taskDefinition.map { reference throws(APIError) in
            try activeDefinition(reference)
        }
        if let definition { try check(request.placementConstraints, with: definition) }
        let strategy =
            request.schedulingStrategy == .daemon
            ? [] : try strategy(request.capacityProviderStrategy, in: cluster)
        if let existing = state.service(request.service.name, in: cluster.id) {
            switch existing.status {
            case .inactive: break
            case .draining:
                throw APIError(
                    .invalidParameter, "Unable to Start a service that is still Draining.")
            case .active:
                guard existing.isMade(by: request, of: definition?.key, strategy) else {
                    throw APIError(
                        .invalidParameter, "Creation of service was not idempotent.")
                }
                return .service(existing)
            }
        }
        let most = settings.quotas.servicesPerCluster
        guard state.services(of: cluster.id).count(where: { $0.status != .inactive }) < most else {
            throw APIError(
                .limitExceeded,
                "Cluster \(cluster.name) has \(most) services, the most it may; delete some.")
        }
        var service = Service(
            id: random.identifier(), cluster: cluster.id, name: request.service.name,
            desiredCount: request.desiredCount,
            deploymentConfiguration: request.deploymentConfiguration,
            placementConstraints: request.placementConstraints,
            placementStrategy: request.placementStrategy, launchType: request.launchType,
            schedulingStrategy: request.schedulingStrategy, controller: request.controller,
            deployments: [],
            enableManagedTags: request.enableManagedTags, propagateTags: request.propagateTags,
            takesCommands: request.takesCommands ? true : nil,
            availabilityZoneRebalancing: request.availabilityZoneRebalancing,
            capacityProviderStrategy: strategy.isEmpty ? nil : strategy,
            healthCheckGracePeriod: request.healthCheckGracePeriod,
            clientToken: request.clientToken, tags: request.tags, createdAt: now.wall,
            document: request.document)
        try settleZoneRebalancing(of: &service, with: definition)
        if let definition, service.controller == .ecs { deploy(definition.key, by: &service) }
        record(.service(service))
        dirty.append(service.id)
        return .service(service)
    }

    private func check(desiredCount: Int) throws(APIError) {
        let most = settings.quotas.tasksPerService
        guard (0...most).contains(desiredCount) else {
            throw APIError(
                .invalidParameter,
                "The desired count of a service must be between 0 and \(most).")
        }
    }

    mutating func update(_ request: UpdateService) throws(APIError) -> Outcome {
        try check(desiredCount: request.desiredCount ?? 0)
        let cluster = try activeCluster(request.service.cluster)
        guard let existing = state.service(request.service.name, in: cluster.id) else {
            throw APIError(.serviceNotFound, "Service not found.")
        }
        guard existing.status == .active else {
            throw APIError(.serviceNotActive, "Service was not ACTIVE.")
        }
        if let base = request.documentBase, base != existing.document {
            throw APIError(.conflict, "The service was changed meanwhile; send the request again.")
        }
        try checkDaemon(existing, request)
        try checkExternal(existing, request)
        var service = existing
        service.desiredCount = request.desiredCount ?? service.desiredCount
        service.deploymentConfiguration.minimumHealthyPercent =
            request.minimumHealthyPercent ?? service.deploymentConfiguration.minimumHealthyPercent
        service.deploymentConfiguration.maximumPercent =
            request.maximumPercent ?? service.deploymentConfiguration.maximumPercent
        service.deploymentConfiguration.circuitBreaker =
            request.circuitBreaker ?? service.deploymentConfiguration.circuitBreaker
        service.placementConstraints = request.placementConstraints ?? service.placementConstraints
        service.placementStrategy = request.placementStrategy ?? service.placementStrategy
        service.availabilityZoneRebalancing =
            request.availabilityZoneRebalancing ?? service.availabilityZoneRebalancing
        if let wanted = request.capacityProviderStrategy {
            let strategy = try strategy(wanted.isEmpty ? nil : wanted, in: cluster)
            service.capacityProviderStrategy = strategy.isEmpty ? nil : strategy
        }
        service.healthCheckGracePeriod =
            request.healthCheckGracePeriod ?? service.healthCheckGracePeriod
        service.enableManagedTags = request.enableManagedTags ?? service.enableManagedTags
        service.propagateTags = request.propagateTags ?? service.propagateTags
        if let takes = request.takesCommands { service.takesCommands = takes ? true : nil }
        service.document = request.document ?? service.document
        try deploy(request, to: &service)
        let definition = service.deployments.first.flatMap {
            state.definitions[$0.taskDefinition]
        }
        if let definition { try check(service.placementConstraints, with: definition) }
        try checkZoneRebalancing(of: service, with: definition)
        if service != existing { record(.service(service)) }
        blocked[service.id] = nil
        dirty.append(service.id)
        return .service(service)
    }

    /// A new task definition, or the wish for it, starts a new deployment; sending the same
    /// definition again does not.
    private mutating func deploy(
        _ request: UpdateService, to service: inout Service
    ) throws(APIError) {
        let current = service.deployments.first?.taskDefinition
        var wanted = current
        if let reference = request.taskDefinition {
            guard let definition = state.definition(reference) else {
                throw APIError(.client, "TaskDefinition not found.")
            }
            if definition.key != current { wanted = try activeDefinition(reference).key }
        }
        guard let wanted, wanted != current || request.forceNewDeployment else { return }
        deploy(wanted, by: &service)
    }

    /// What a DAEMON service can't be told.
    private func checkDaemon(_ service: Service, _ request: UpdateService) throws(APIError) {
        guard service.schedulingStrategy == .daemon else { return }
        if let count = request.desiredCount, count != service.desiredCount {
            throw APIError(
                .invalidParameter,
                "The desired count of a service of the DAEMON strategy is the number of container "
                    + "instances that meet its constraints; leave desiredCount out.")
        }
        if let percent = request.maximumPercent, percent != 100 {
            throw APIError(
                .invalidParameter,
                "The maximumPercent of a service of the DAEMON strategy must be 100; "
                    + "it is \(percent).")
        }
        guard request.placementStrategy?.isEmpty != false else {
            throw APIError(
                .invalidParameter,
                "A service of the DAEMON strategy has no placement strategy; leave "
                    + "placementStrategy out.")
        }
    }

    mutating func deleteService(
        _ reference: ServiceReference, force: Bool
    ) throws(APIError) -> Outcome {
        let cluster = try activeCluster(reference.cluster)
        guard var service = state.service(reference.name, in: cluster.id),
            service.status != .inactive
        else {
            throw APIError(.serviceNotFound, "Service not found.")
        }
        guard service.status == .active else { return .service(service) }
        guard force || service.desiredCount == 0 || service.schedulingStrategy == .daemon else {
            throw APIError(
                .invalidParameter, "The service cannot be stopped while it is scaled above 0.")
        }
        service.status = .draining
        service.desiredCount = 0
        for deployment in service.deployments {
            requestStop(of: deployment, "The service was deleted.")
        }
        record(.service(service))
        dirty.append(service.id)
        return .service(service)
    }
}

extension Service {
    /// Whether the same request made this service.
    fileprivate func isMade(
        by request: CreateService, of definition: TaskDefinitionKey?,
        _ strategy: [CapacityProviderShare]
    ) -> Bool {
        let zones = request.availabilityZoneRebalancing ?? availabilityZoneRebalancing
        return clientToken == request.clientToken
            && controller == request.controller
            && schedulingStrategy == request.schedulingStrategy
            && (schedulingStrategy == .daemon || desiredCount == request.desiredCount)
            && deploymentConfiguration == request.deploymentConfiguration
            && placementConstraints == request.placementConstraints
            && placementStrategy == request.placementStrategy
            && launchType == request.launchType && availabilityZoneRebalancing == zones
            && capacityProviderStrategy ?? [] == strategy
            && deployments.first?.taskDefinition == definition
    }
}
