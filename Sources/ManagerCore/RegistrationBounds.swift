import Model

/// What a worker may say of itself: what is kept of every worker, or added up, must have bounds.
extension Registration {
    /// What is wrong, for the person who runs the worker; `nil` if nothing is.
    var fault: String? {
        let longest = ManagerSettings.nameLengthMaximum
        guard !name.isEmpty, name.utf8.count <= longest else {
            return "the worker's name must have 1 to \(longest) bytes"
        }
        return (resourcesFault ?? textFault ?? inventoryFault).map { "worker \(name): \($0)" }
    }

    private var resourcesFault: String? {
        let amounts = [resources.cpu, resources.memory, resources.gpus]
        guard amounts.allSatisfy(Resources.amounts.contains) else {
            return "each resource must be within \(Resources.amounts)"
        }
        let most = ManagerSettings.reservedPortsMaximum
        guard resources.tcpPorts.count <= most, resources.udpPorts.count <= most else {
            return "more than \(most) reserved ports"
        }
        return nil
    }

    private var textFault: String? {
        let most = ManagerSettings.attributesPerInstanceMaximum
        guard attributes.count <= most else { return "more than \(most) attributes" }
        let longest = ManagerSettings.nameLengthMaximum
        let texts =
            [region, cluster, agentVersion, runtime]
            + attributes.flatMap { [$0.name, $0.value ?? ""] }
        guard texts.allSatisfy({ $0.utf8.count <= longest }) else {
            return "a name, version or attribute of more than \(longest) bytes"
        }
        return nil
    }

    private var inventoryFault: String? {
        let most = ManagerSettings.reportsPerMessageMaximum
        return inventory.count > most ? "an inventory of more than \(most) tasks" : nil
    }
}
