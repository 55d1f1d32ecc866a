import ClusterState
import Model

extension Call {
    /// More would pass ECS's quota of tasks per service.
    static let desiredCountMaximum = 5_000

    func createService(
        _ input: ECS.CreateServiceRequest
    ) async throws(APIError) -> ECS.CreateServiceResponse {
        let cluster = try clusterReference(input.cluster)
        guard let name = input.serviceName, !name.isEmpty else {
            throw invalid("Service name cannot be empty.")
        }
        try ServiceFeatures(input).check(self)
        let strategy = input.schedulingStrategy == .daemon ? SchedulingStrategy.daemon : .replica
        let controller =
            input.deploymentController?.type == .external
            ? ServiceController.external : .ecs
        let reference = try definition(of: input, controller)
        if let reference {
            try checkNetwork(input.networkConfiguration, for: reference, in: snapshot())
        }
        let desired = try desiredCount(of: input, strategy)
        guard (input.clientToken ?? "").utf8.count <= 36 else {
            throw invalid("clientToken length must be at most 36.")
        }
        let command = CreateService(
            service: ServiceReference(
                cluster: cluster, name: try checkedName(name, what: "service name")),
            taskDefinition: reference, controller: controller, schedulingStrategy: strategy,
            desiredCount: desired,
            deploymentConfiguration: try bounds(of: input.deploymentConfiguration, strategy),
            placementConstraints: try constraints(input.placementConstraints),
            placementStrategy: try self.strategy(input.placementStrategy),
            launchType: try launchType(input.launchType),
            availabilityZoneRebalancing: zoneRebalancing(input.availabilityZoneRebalancing),
            capacityProviderStrategy: try serviceShares(input, strategy),
            healthCheckGracePeriod: input.healthCheckGracePeriodSeconds,
            enableManagedTags: input.enableECSManagedTags ?? false,
            propagateTags: propagation(input.propagateTags) ?? .none,
            takesCommands: input.enableExecuteCommand ?? false,
            clientToken: input.clientToken, tags: try serviceTags(input.tags),
            document: Coding.document(ServiceDocument(input)))
        let (outcome, state) = try await submit(.createService(command))
        return ECS.CreateServiceResponse(
            service: try rendered(outcome, cluster: cluster.name, in: state))
    }

    /// What it runs; with the EXTERNAL controller its task sets say that.
    private func definition(
        of input: ECS.CreateServiceRequest, _ controller: ServiceController
    ) throws(APIError) -> TaskDefinitionReference? {
        let text = input.taskDefinition ?? ""
        guard controller == .external else {
            guard !text.isEmpty else { throw invalid("TaskDefinition cannot be empty.") }
            return try definitionReference(text)
        }
        guard input.schedulingStrategy != .daemon else {
            throw invalid(
                "The DAEMON scheduling strategy is not supported with the EXTERNAL deployment "
                    + "controller. Use REPLICA.")
        }
        guard text.isEmpty, input.networkConfiguration == nil else {
            throw invalid(
                "With the EXTERNAL deployment controller the task definition and the network "
                    + "configuration are those of task sets. Leave them out, and use CreateTaskSet."
            )
        }
        return nil
    }

    func zoneRebalancing(
        _ value: ECS.AvailabilityZoneRebalancing?
    ) -> Model.AvailabilityZoneRebalancing? {
        value.flatMap { Model.AvailabilityZoneRebalancing(rawValue: $0.rawValue) }
    }

    func checkedCount(_ count: Int) throws(APIError) -> Int {
        guard (0...Self.desiredCountMaximum).contains(count) else {
            throw invalid(
                "Desired count must be between 0 and \(Self.desiredCountMaximum); it is \(count).")
        }
        return count
    }

    private func serviceShares(
        _ input: ECS.CreateServiceRequest, _ strategy: SchedulingStrategy
    ) throws(APIError) -> [CapacityProviderShare]? {
        let shares = try shares(input.capacityProviderStrategy, or: input.launchType)
        guard strategy == .replica || (shares ?? []).isEmpty else {
            throw unsupported(
                "Muster divides no service of the DAEMON strategy among capacity providers. Use a "
                    + "placement constraint such as attribute:muster.group == NAME.")
        }
        return shares
    }

    /// A number for REPLICA, none for DAEMON, which counts instances.
    private func desiredCount(
        of input: ECS.CreateServiceRequest, _ strategy: SchedulingStrategy
    ) throws(APIError) -> Int {
        switch strategy {
        case .replica:
            guard let desired = input.desiredCount else {
                throw invalid("Desired count must be set for a service of the REPLICA strategy.")
            }
            return try checkedCount(desired)
        case .daemon:
            guard input.desiredCount == nil else {
                throw invalid(
                    "A service of the DAEMON strategy runs a task on each container instance that "
                        + "meets its constraints; leave desiredCount out.")
            }
            guard (input.placementStrategy ?? []).isEmpty else {
                throw invalid(
                    "A service of the DAEMON strategy has no placement strategy; leave "
                        + "placementStrategy out.")
            }
            return 0
        }
    }

    private func bounds(
        of configuration: ECS.DeploymentConfiguration?, _ strategy: SchedulingStrategy
    ) throws(APIError) -> Model.DeploymentConfiguration {
        try checkPercents(configuration)
        var bounds = Model.DeploymentConfiguration(
            circuitBreaker: circuitBreaker(configuration?.deploymentCircuitBreaker) ?? .init())
        if strategy == .daemon {
            bounds.minimumHealthyPercent = 0
            bounds.maximumPercent = 100
        }
        if let minimum = configuration?.minimumHealthyPercent {
            bounds.minimumHealthyPercent = minimum
        }
        if let maximum = configuration?.maximumPercent { bounds.maximumPercent = maximum }
        guard strategy == .replica || bounds.maximumPercent == 100 else {
            throw invalid(
                "The maximumPercent of a service of the DAEMON strategy must be 100; it is "
                    + "\(bounds.maximumPercent).")
        }
        return bounds
    }

    func circuitBreaker(_ breaker: ECS.DeploymentCircuitBreaker?) -> CircuitBreakerSettings? {
        breaker.map {
            CircuitBreakerSettings(enable: $0.enable ?? false, rollback: $0.rollback ?? false)
        }
    }

    func checkPercents(_ configuration: ECS.DeploymentConfiguration?) throws(APIError) {
        if let minimum = configuration?.minimumHealthyPercent, !(0...100).contains(minimum) {
            throw invalid("minimumHealthyPercent must be between 0 and 100; it is \(minimum).")
        }
        if let maximum = configuration?.maximumPercent, !(100...10_000).contains(maximum) {
            throw invalid("maximumPercent must be between 100 and 10000; it is \(maximum).")
        }
    }

    /// A network configuration belongs to `awsvpc` and to nothing else. Where the snapshot does not
    /// have the definition, the core says so.
    func checkNetwork(
        _ configuration: ECS.NetworkConfiguration?, for reference: TaskDefinitionReference,
        in state: ClusterState
    ) throws(APIError) {
        guard let definition = state.definition(reference) else { return }
        let given = configuration?.awsvpcConfiguration != nil
        if definition.networkMode == .awsvpc, !given {
            throw invalid(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
        }
        if definition.networkMode != .awsvpc, given {
            throw invalid(
                "Network Configuration is not valid for the given networkMode of this task "
                    + "definition.")
        }
    }

    func propagation(_ tags: ECS.PropagateTags?) -> TagPropagation? {
        tags.flatMap { TagPropagation(rawValue: $0.rawValue) }
    }

    func launchType(_ type: ECS.LaunchType?) throws(APIError) -> Model.LaunchType {
        guard let type else { return .ec2 }
        guard let known = Model.LaunchType(rawValue: type.rawValue) else {
            throw unsupported(
                "Muster runs tasks on its workers: use launchType EC2 instead of \(type.rawValue).")
        }
        return known
    }
}
