import Model

/// The members that CreateService and UpdateService share and Muster does not act upon: each is
/// refused when it asks for something, and kept when an echo is all it needs.
struct ServiceFeatures {
    var platformVersion: String?
    var deploymentController: ECS.DeploymentController?
    var deploymentConfiguration: ECS.DeploymentConfiguration?
    var loadBalancers: [ECS.LoadBalancer]?
    var serviceRegistries: [ECS.ServiceRegistry]?
    var serviceConnectConfiguration: ECS.ServiceConnectConfiguration?
    var volumeConfigurations: [ECS.ServiceVolumeConfiguration]?
    var vpcLatticeConfigurations: [ECS.VpcLatticeConfiguration]?
    var healthCheckGracePeriodSeconds: Int?

    init(_ input: ECS.CreateServiceRequest) {
        platformVersion = input.platformVersion
        deploymentController = input.deploymentController
        deploymentConfiguration = input.deploymentConfiguration
        loadBalancers = input.loadBalancers
        serviceRegistries = input.serviceRegistries
        serviceConnectConfiguration = input.serviceConnectConfiguration
        volumeConfigurations = input.volumeConfigurations
        vpcLatticeConfigurations = input.vpcLatticeConfigurations
        healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds
    }

    init(_ input: ECS.UpdateServiceRequest) {
        platformVersion = input.platformVersion
        deploymentController = input.deploymentController
        deploymentConfiguration = input.deploymentConfiguration
        loadBalancers = input.loadBalancers
        serviceRegistries = input.serviceRegistries
        serviceConnectConfiguration = input.serviceConnectConfiguration
        volumeConfigurations = input.volumeConfigurations
        vpcLatticeConfigurations = input.vpcLatticeConfigurations
        healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds
    }

    /// Refuses what Muster can't honour.
    func check(_ call: Call) throws(APIError) {
        try checkPlatform(call)
        try checkNetwork(call)
        try checkDeployment(call)
        if let seconds = healthCheckGracePeriodSeconds, seconds < 0 {
            throw call.invalid("healthCheckGracePeriodSeconds must be 0 or more.")
        }
    }

    private func checkPlatform(_ call: Call) throws(APIError) {
        if !(platformVersion ?? "").isEmpty {
            throw call.invalid(
                "The platform version must be null when specifying an EC2 launch type.")
        }
        if !(volumeConfigurations ?? []).isEmpty {
            throw call.unsupported(
                "Muster does not have volumes configured at launch. Leave volumeConfigurations out."
            )
        }
    }

    private func checkNetwork(_ call: Call) throws(APIError) {
        if !(loadBalancers ?? []).isEmpty {
            throw call.unsupported("Muster has no load balancers yet. Leave loadBalancers out.")
        }
        if !(serviceRegistries ?? []).isEmpty {
            throw call.unsupported(
                "Muster has no service discovery yet. Leave serviceRegistries out.")
        }
        if serviceConnectConfiguration?.enabled == true {
            throw call.unsupported(
                "Muster has no Service Connect yet. Leave serviceConnectConfiguration out.")
        }
        if !(vpcLatticeConfigurations ?? []).isEmpty {
            throw call.unsupported(
                "Muster has no VPC Lattice. Leave vpcLatticeConfigurations out.")
        }
    }

    private func checkDeployment(_ call: Call) throws(APIError) {
        if let type = deploymentController?.type, type != .ecs, type != .external {
            throw call.unsupported(
                "Muster does not have the \(type.rawValue) deployment controller yet. Use ECS or "
                    + "EXTERNAL.")
        }
        guard let configuration = deploymentConfiguration else { return }
        if let strategy = configuration.strategy, strategy != .rolling {
            throw call.unsupported(
                "Muster does not have the strategy \(strategy.rawValue) yet. Use ROLLING."
            )
        }
        if configuration.alarms?.enable == true {
            throw call.unsupported(
                "Muster has no source of alarms yet, so none can fail a deployment. Set the "
                    + "enable of alarms to false; the circuit breaker works.")
        }
        if !(configuration.lifecycleHooks ?? []).isEmpty || configuration.linearConfiguration != nil
            || configuration.canaryConfiguration != nil
            || (configuration.bakeTimeInMinutes ?? 0) != 0
        {
            throw call.unsupported(
                "Muster does not have lifecycle hooks, bake time and traffic shifting yet. Leave "
                    + "them out of deploymentConfiguration.")
        }
    }
}
