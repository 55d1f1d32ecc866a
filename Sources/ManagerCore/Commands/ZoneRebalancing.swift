import ClusterState
import HashTreeCollections
import Model
import Placement

/// Whether a service may have `availabilityZoneRebalancing`.
extension ManagerCore {
    /// A new service that does not say has it where it may (ECS, CreateService).
    func settleZoneRebalancing(
        of service: inout Service, with definition: TaskDefinition?
    ) throws(APIError) {
        if service.availabilityZoneRebalancing == nil {
            let obstacle = service.obstacleToZoneRebalancing(with: definition)
            service.availabilityZoneRebalancing = obstacle == nil ? .enabled : .disabled
        }
        try checkZoneRebalancing(of: service, with: definition)
    }

    func checkZoneRebalancing(
        of service: Service, with definition: TaskDefinition?
    ) throws(APIError) {
        guard service.availabilityZoneRebalancing == .enabled,
            let obstacle = service.obstacleToZoneRebalancing(with: definition)
        else { return }
        throw APIError(
            .invalidParameter,
            "The service can't have availabilityZoneRebalancing ENABLED, since \(obstacle). Set it "
                + "to DISABLED.")
    }
}

extension Service {
    /// Why it can't have `availabilityZoneRebalancing`, if it can't (ECS Developer Guide,
    /// "Balancing an Amazon ECS service across Availability Zones").
    ///
    /// - Parameter definition: Whose constraints bind its tasks too; `nil` where task sets have
    ///   theirs.
    func obstacleToZoneRebalancing(with definition: TaskDefinition?) -> String? {
        if schedulingStrategy == .daemon { return "it uses the DAEMON scheduling strategy" }
        if controller == .external { return "it uses the EXTERNAL deployment controller" }
        if launchType == .external { return "it uses the EXTERNAL launch type" }
        if deploymentConfiguration.maximumPercent <= 100 {
            return "its maximumPercent is \(deploymentConfiguration.maximumPercent), and must be "
                + "more than 100"
        }
        if let first = placementStrategy.first, first != .spread("attribute:\(Need.zoneAttribute)")
        {
            return "its first placement strategy is not spread over attribute:"
                + Need.zoneAttribute
        }
        let constraints = placementConstraints + (definition?.placementConstraints ?? [])
        let isBound = constraints.contains { constraint in
            constraint.isAbout(attribute: Need.zoneAttribute)
        }
        return isBound ? "a placement constraint of it is about \(Need.zoneAttribute)" : nil
    }
}
