import Model

/// The members of a service that no decision reads, as given.
struct ServiceDocument {
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

extension ServiceDocument: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) {
        self.init()
        try json.object { json, name throws(RequestFault) in
            switch name {
            case "alarms": alarms = try json.member()
            case "healthCheckGracePeriodSeconds":
                healthCheckGracePeriodSeconds = try json.member()
            case "networkConfiguration": networkConfiguration = try json.member()
            case "role": role = try json.member()
            default: try json.skipValue()
            }
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("alarms", alarms)
            json.member("healthCheckGracePeriodSeconds", healthCheckGracePeriodSeconds)
            json.member("networkConfiguration", networkConfiguration)
            json.member("role", role)
        }
    }
}
