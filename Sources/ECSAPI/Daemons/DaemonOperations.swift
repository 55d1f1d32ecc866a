import ClusterState
import HashTreeCollections
import Model

/// Managed daemons: a task on each instance of some capacity providers.
extension Call {
    func createDaemon(
        _ input: ECS.CreateDaemonRequest
    ) async throws(APIError) -> ECS.CreateDaemonResponse {
        let cluster = try clusterReference(input.clusterArn)
        guard let name = input.daemonName, !name.isEmpty else {
            throw invalid("Daemon name cannot be empty.")
        }
        let features = DaemonFeatures(deployment: input.deploymentConfiguration)
        try features.check(self)
        guard (input.clientToken ?? "").utf8.count <= 36 else {
            throw invalid("clientToken length must be at most 36.")
        }
        let (providers, constraint) = try daemonProviders(input.capacityProviderArns, of: cluster)
        let document = DaemonDocument(
            capacityProviders: providers, deploymentConfiguration: features.completed(nil),
            propagateTags: input.propagateTags ?? .nothing,
            enableECSManagedTags: input.enableECSManagedTags ?? false,
            enableExecuteCommand: input.enableExecuteCommand ?? false)
        let command = CreateService(
            service: ServiceReference(
                cluster: cluster,
                name: ManagedDaemon.inner(try checkedName(name, what: "daemon name"))),
            taskDefinition: try daemonDefinition(input.daemonTaskDefinitionArn),
            schedulingStrategy: .daemon, desiredCount: 0,
            deploymentConfiguration: Model.DeploymentConfiguration(
                minimumHealthyPercent: DaemonFeatures.minimum(of: document), maximumPercent: 100,
                circuitBreaker: CircuitBreakerSettings(enable: true, rollback: true)),
            placementConstraints: [constraint],
            enableManagedTags: document.enableECSManagedTags,
            propagateTags: document.propagateTags == .daemon ? .service : .none,
            takesCommands: document.enableExecuteCommand,
            clientToken: input.clientToken, tags: try tags(input.tags),
            document: Coding.document(document))
        let (service, state) = try await submitDaemon(.createService(command))
        let shown = summary(of: service, cluster: cluster.name, in: state)
        return ECS.CreateDaemonResponse(
            daemonArn: shown.daemonArn, status: shown.status, createdAt: shown.createdAt,
            deploymentArn: daemonDeploymentARN(of: service, cluster: cluster.name, in: state))
    }

    /// Always a new deployment. Updates of one daemon that overtake each other are made anew.
    func updateDaemon(
        _ input: ECS.UpdateDaemonRequest
    ) async throws(APIError) -> ECS.UpdateDaemonResponse {
        for _ in 1..<Self.daemonUpdatesMaximum {
            do throws(APIError) {
                return try await attemptUpdate(input)
            } catch {
                guard error.code == .conflict else { throw error }
            }
        }
        return try await attemptUpdate(input)
    }

    private static let daemonUpdatesMaximum = 5

    private func attemptUpdate(
        _ input: ECS.UpdateDaemonRequest
    ) async throws(APIError) -> ECS.UpdateDaemonResponse {
        let reference = try daemonReference(input.daemonArn)
        let features = DaemonFeatures(deployment: input.deploymentConfiguration)
        try features.check(self)
        let (old, cluster) = try daemon(reference, in: snapshot())
        let (providers, constraint) = try daemonProviders(
            input.capacityProviderArns, of: reference.cluster)
        var document = try Coding.read(DaemonDocument.self, from: old.document)
        document.capacityProviders = providers
        document.deploymentConfiguration = features.completed(document.deploymentConfiguration)
        document.propagateTags = input.propagateTags ?? document.propagateTags
        document.enableECSManagedTags =
            input.enableECSManagedTags ?? document.enableECSManagedTags
        document.enableExecuteCommand =
            input.enableExecuteCommand ?? document.enableExecuteCommand
        let command = UpdateService(
            service: reference, taskDefinition: try daemonDefinition(input.daemonTaskDefinitionArn),
            minimumHealthyPercent: DaemonFeatures.minimum(of: document),
            placementConstraints: [constraint],
            enableManagedTags: document.enableECSManagedTags,
            propagateTags: document.propagateTags == .daemon ? .service : Model.TagPropagation.none,
            takesCommands: document.enableExecuteCommand, forceNewDeployment: true,
            document: Coding.document(document),
            documentBase: old.document)
        let (service, state) = try await submitDaemon(.updateService(command))
        let shown = summary(of: service, cluster: cluster.name, in: state)
        return ECS.UpdateDaemonResponse(
            daemonArn: shown.daemonArn, status: shown.status, createdAt: shown.createdAt,
            updatedAt: shown.updatedAt,
            deploymentArn: daemonDeploymentARN(of: service, cluster: cluster.name, in: state))
    }

    func deleteDaemon(
        _ input: ECS.DeleteDaemonRequest
    ) async throws(APIError) -> ECS.DeleteDaemonResponse {
        let reference = try daemonReference(input.daemonArn)
        let (known, cluster) = try daemon(reference, in: snapshot())
        guard known.status == .active else {
            throw APIError(.daemonNotActive, "The specified daemon is not ACTIVE.")
        }
        let (service, state) = try await submitDaemon(.deleteService(reference, force: true))
        let shown = summary(of: service, cluster: cluster.name, in: state)
        return ECS.DeleteDaemonResponse(
            daemonArn: shown.daemonArn, status: shown.status, createdAt: shown.createdAt,
            updatedAt: shown.updatedAt,
            deploymentArn: daemonDeploymentARN(of: service, cluster: cluster.name, in: state))
    }

    func describeDaemon(
        _ input: ECS.DescribeDaemonRequest
    ) async throws(APIError) -> ECS.DescribeDaemonResponse {
        let state = snapshot()
        let (service, cluster) = try daemon(try daemonReference(input.daemonArn), in: state)
        return ECS.DescribeDaemonResponse(
            daemon: rendered(daemon: service, cluster: cluster.name, in: state))
    }

    func listDaemons(
        _ input: ECS.ListDaemonsRequest
    ) async throws(APIError) -> ECS.ListDaemonsResponse {
        let state = snapshot()
        var clusters = state.clusters(region: region).filter { $0.status == .active }
        if let text = input.clusterArn, !text.isEmpty {
            clusters = [try activeCluster(text, in: state)]
        }
        let wanted = try providerNames(input.capacityProviderArns)
        var all: [ECS.DaemonSummary] = []
        for cluster in clusters {
            for service in state.services(of: cluster.id)
            where service.daemonName != nil && service.status != .inactive {
                let document = try Coding.read(DaemonDocument.self, from: service.document)
                guard wanted.isEmpty || document.capacityProviders.contains(where: wanted.contains)
                else { continue }
                all.append(summary(of: service, cluster: cluster.name, in: state))
            }
        }
        all.sort { ($0.daemonArn ?? "") < ($1.daemonArn ?? "") }
        let page = try page(
            all, after: input.nextToken, limit: input.maxResults, key: { $0.daemonArn ?? "" }
        ) { daemon, last throws(APIError) in (daemon.daemonArn ?? "") > last }
        return ECS.ListDaemonsResponse(
            daemonSummariesList: page.items, nextToken: page.nextToken)
    }
}

/// The members of CreateDaemon and UpdateDaemon that Muster can't honour in every form.
struct DaemonFeatures {
    var deployment: ECS.DaemonDeploymentConfiguration?

    /// Percent of the instances whose daemons are exchanged at a time where nobody says it.
    private static let drainPercent = 25.0

    func check(_ call: Call) throws(APIError) {
        if deployment?.alarms?.enable == true {
            throw call.unsupported(
                "Muster has no source of alarms yet, so none can fail a deployment. Set the "
                    + "enable of alarms to false; the circuit breaker works.")
        }
        if (deployment?.bakeTimeInMinutes ?? 0) != 0 {
            throw call.unsupported("Muster has no bake time yet. Leave bakeTimeInMinutes out.")
        }
    }

    /// What was given, else what there was, else the default.
    func completed(
        _ old: ECS.DaemonDeploymentConfiguration?
    ) -> ECS.DaemonDeploymentConfiguration {
        ECS.DaemonDeploymentConfiguration(
            drainPercent: deployment?.drainPercent ?? old?.drainPercent ?? Self.drainPercent,
            alarms: deployment?.alarms ?? old?.alarms, bakeTimeInMinutes: 0)
    }

    /// The minimum healthy percent of the service that is the daemon. One instance's task may go
    /// at a time whatever it is.
    static func minimum(of document: DaemonDocument) -> Int {
        100 - Int((document.deploymentConfiguration.drainPercent ?? drainPercent).rounded())
    }
}
