public import Model
public import QueryLanguage

/// Why an instance can't take a task. The order is that of the checks: the later the check that
/// failed, the nearer the instance came.
public enum Misfit: Hashable, Sendable {
    /// It is DRAINING or INACTIVE.
    case notActive
    /// Its agent is not connected.
    case agent
    case attribute(String)
    case distinctInstance
    /// The expression does not hold; which part of it, where that can be said.
    case memberOf(ClusterQuery, failing: Clause?)
    case cpu(needed: Int, free: Int)
    case memory(needed: Int, free: Int)
    case gpu(needed: Int, free: Int)
    case port(Int, TransportProtocol)

    /// How far the instance came, for choosing the nearest.
    var depth: Int {
        switch self {
        case .notActive: 0
        case .agent: 1
        case .attribute: 2
        case .distinctInstance, .memberOf: 3
        case .cpu: 4
        case .memory: 5
        case .gpu: 6
        case .port: 7
        }
    }
}

extension Candidate {
    /// The first reason why this instance can't take the task, or `nil` if it can.
    public func misfit(for need: Need) -> Misfit? {
        if instance.status != .active { return .notActive }
        if !connected { return .agent }
        return misfit(attributes: need.requiredAttributes, constraints: need.constraints)
            ?? resourceMisfit(need.resources)
    }

    /// What the instance is, rather than what is free on it.
    func misfit(attributes: [Attribute], constraints: [PlacementConstraint]) -> Misfit? {
        attributeMisfit(attributes) ?? constraintMisfit(constraints)
    }

    /// The checks that bind StartTask too, which names its instance and bypasses placement.
    public func misfitWithoutConstraints(for need: Need) -> Misfit? {
        if instance.status != .active { return .notActive }
        if !connected { return .agent }
        return attributeMisfit(need.requiredAttributes) ?? resourceMisfit(need.resources)
    }

    private func attributeMisfit(_ needed: [Attribute]) -> Misfit? {
        let missing = needed.first { required in
            !instance.attributes.contains {
                $0.name == required.name && (required.value == nil || $0.value == required.value)
            }
        }
        return missing.map { .attribute($0.name) }
    }

    private func constraintMisfit(_ constraints: [PlacementConstraint]) -> Misfit? {
        for constraint in constraints {
            switch constraint {
            case .distinctInstance:
                if tasksOfGroup > 0 { return .distinctInstance }
            case .memberOf(let query):
                let subject = CandidateSubject(candidate: self)
                if !query.isMet(by: subject) {
                    return .memberOf(query, failing: query.obstacle(for: subject))
                }
            }
        }
        return nil
    }

    private func resourceMisfit(_ needed: Resources) -> Misfit? {
        if needed.cpu > freeCPU { return .cpu(needed: needed.cpu, free: freeCPU) }
        if needed.memory > freeMemory { return .memory(needed: needed.memory, free: freeMemory) }
        if needed.gpus > freeGPUs { return .gpu(needed: needed.gpus, free: freeGPUs) }
        if let port = needed.tcpPorts.first(where: tcpPorts.contains) { return .port(port, .tcp) }
        if let port = needed.udpPorts.first(where: udpPorts.contains) { return .port(port, .udp) }
        return nil
    }
}
