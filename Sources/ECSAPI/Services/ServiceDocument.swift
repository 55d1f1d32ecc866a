import Model

/// The members of a service that no decision reads, as given.
struct ServiceDocument: Codable {
    var role: String?
    var networkConfiguration: ECS.NetworkConfiguration?
    var healthCheckGracePeriodSeconds: Int?
    var alarms: ECS.DeploymentAlarms?

    init() {}

    init(_ input: ECS.CreateServiceRequest) {
        role = input.role
        networkConfiguration = Self.unlessEmpty(input.networkConfiguration)
        healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds
        alarms = input.deploymentConfiguration?.alarms
    }

    /// Takes over what an update has; what it leaves out stays.
    ///
    /// - Returns: Whether it had anything.
    mutating func update(with input: ECS.UpdateServiceRequest) -> Bool {
        var changed = false
        func take<Value>(_ new: Value?, _ old: inout Value?) {
            guard let new else { return }
            old = new
            changed = true
        }
        take(Self.unlessEmpty(input.networkConfiguration), &networkConfiguration)
        take(input.healthCheckGracePeriodSeconds, &healthCheckGracePeriodSeconds)
        take(input.deploymentConfiguration?.alarms, &alarms)
        return changed
    }

    /// An empty network configuration in an answer crashes Terraform's provider 5.100.
    private static func unlessEmpty(
        _ configuration: ECS.NetworkConfiguration?
    ) -> ECS.NetworkConfiguration? {
        configuration?.awsvpcConfiguration == nil ? nil : configuration
    }
}
