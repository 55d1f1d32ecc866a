import Model

/// The members of a service that no decision reads, as given.
struct ServiceDocument: Codable {
    var role: String?
    var networkConfiguration: ECS.NetworkConfiguration?
    var healthCheckGracePeriodSeconds: Int?
    var deploymentCircuitBreaker: ECS.DeploymentCircuitBreaker?
    var alarms: ECS.DeploymentAlarms?

    init() {}

    init(_ input: ECS.CreateServiceRequest) {
        role = input.role
        networkConfiguration = input.networkConfiguration
        healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds
        deploymentCircuitBreaker = input.deploymentConfiguration?.deploymentCircuitBreaker
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
        take(input.networkConfiguration, &networkConfiguration)
        take(input.healthCheckGracePeriodSeconds, &healthCheckGracePeriodSeconds)
        take(
            input.deploymentConfiguration?.deploymentCircuitBreaker, &deploymentCircuitBreaker)
        take(input.deploymentConfiguration?.alarms, &alarms)
        return changed
    }
}
