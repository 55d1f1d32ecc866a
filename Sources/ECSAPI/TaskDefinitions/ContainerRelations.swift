import Model

/// Checks what the containers of a definition say of each other and of its volumes.
struct ContainerRelations {
    private let containers: [ECS.ContainerDefinition]
    private let byName: [String: ECS.ContainerDefinition]
    private let volumes: Set<String>

    init(_ containers: [ECS.ContainerDefinition], volumes: [ECS.Volume]) {
        self.containers = containers
        byName = Dictionary(containers.map { ($0.name ?? "", $0) }) { first, _ in first }
        self.volumes = Set(volumes.compactMap(\.name))
    }

    func check() throws(APIError) {
        guard byName.count == containers.count else {
            throw APIError(.client, "Container.name should be unique within a task definition.")
        }
        for container in containers {
            try checkDependencies(of: container)
            try checkVolumes(of: container)
        }
        try checkCycles()
    }

    private func checkDependencies(of container: ECS.ContainerDefinition) throws(APIError) {
        for dependency in container.dependsOn ?? [] {
            let name = dependency.containerName ?? ""
            guard name != container.name, let target = byName[name] else {
                throw refusal(container, "dependsOn names '\(name)', which is no other container.")
            }
            switch dependency.condition {
            case .complete, .success:
                if target.essential == true {
                    throw refusal(
                        container,
                        "The condition \(dependency.condition?.rawValue ?? "") can't be set on the "
                            + "essential container '\(name)'.")
                }
            case .healthy:
                if target.healthCheck?.isSet != true {
                    throw refusal(
                        container,
                        "The condition HEALTHY needs a health check on container '\(name)'.")
                }
            case .start, nil: break
            }
        }
    }

    private func checkVolumes(of container: ECS.ContainerDefinition) throws(APIError) {
        for mount in container.mountPoints ?? [] {
            let volume = mount.sourceVolume ?? ""
            guard volumes.contains(volume) else {
                throw refusal(container, "Unknown volume '\(volume)'.")
            }
        }
        for source in container.volumesFrom ?? [] {
            let name = source.sourceContainer ?? ""
            guard name != container.name, byName[name] != nil else {
                throw refusal(
                    container, "volumesFrom names '\(name)', which is no other container.")
            }
        }
    }

    /// Takes away, again and again, the containers that wait for none of those left.
    private func checkCycles() throws(APIError) {
        var left = containers
        while !left.isEmpty {
            let names = Set(left.compactMap(\.name))
            let waiting = left.filter { container in
                (container.dependsOn ?? []).contains { names.contains($0.containerName ?? "") }
            }
            guard waiting.count < left.count else {
                let cycle = waiting.compactMap(\.name).joined(separator: ", ")
                throw APIError(.client, "The containers \(cycle) depend on each other in a circle.")
            }
            left = waiting
        }
    }

    private func refusal(_ container: ECS.ContainerDefinition, _ message: String) -> APIError {
        APIError(.client, "Invalid setting for container '\(container.name ?? "")'. \(message)")
    }
}
