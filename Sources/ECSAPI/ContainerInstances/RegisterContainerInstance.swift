import Foundation
import Model

extension Call {
    /// Registers an instance that no worker speaks for yet. Its worker, of the same name, takes it
    /// over; until then it gets no tasks.
    func registerContainerInstance(
        _ input: ECS.RegisterContainerInstanceRequest
    ) async throws(APIError) -> ECS.RegisterContainerInstanceResponse {
        let cluster = try clusterReference(input.cluster)
        var instance: InstanceID?
        if let text = input.containerInstanceArn, !text.isEmpty {
            instance = try instanceID(text, cluster: cluster.name)
        }
        let command = RegisterInstance(
            cluster: cluster, instance: instance,
            name: try machineName(input.instanceIdentityDocument),
            resources: try resources(input.totalResources, devices: input.platformDevices),
            attributes: try registeredAttributes(input.attributes),
            agentVersion: try version(input.versionInfo?.agentVersion),
            tags: try tags(input.tags), document: try versions(input.versionInfo))
        let (outcome, state) = try await submit(.registerContainerInstance(command))
        guard case .instance(let registered) = outcome else { throw unexpected(outcome) }
        return ECS.RegisterContainerInstanceResponse(
            containerInstance: rendered(registered, cluster: cluster.name, in: state, tags: true))
    }

    /// The identity document of EC2 is taken for what it says of the machine's name: who may be a
    /// worker is decided by certificates.
    private func machineName(_ document: String?) throws(APIError) -> String? {
        guard let document, !document.isEmpty else { return nil }
        guard
            case .object(let identity)? = try? JSONReader.read(
                JSONValue.self, from: Array(document.utf8)),
            case .string(let name)? = identity["instanceId"], (1...255).contains(name.utf8.count)
        else {
            throw invalid(
                "The instanceIdentityDocument is not that of a machine: it must be JSON with an "
                    + "instanceId of 1 to 255 bytes.")
        }
        return name
    }

    private func resources(
        _ given: [ECS.Resource]?, devices: [ECS.PlatformDevice]?
    ) throws(APIError) -> Resources {
        var resources = Resources(gpus: (devices ?? []).count)
        for resource in given ?? [] {
            switch resource.name {
            case "CPU": resources.cpu = try amount(resource)
            case "MEMORY": resources.memory = try amount(resource)
            case "GPU": resources.gpus = try amount(resource, of: resource.stringSetValue)
            case "PORTS": resources.tcpPorts = try ports(resource)
            case "PORTS_UDP": resources.udpPorts = try ports(resource)
            default:
                throw invalid(
                    "The resource '\(shown(resource.name ?? ""))' is not known: it should be "
                        + "one of [CPU,MEMORY,PORTS,PORTS_UDP,GPU].")
            }
        }
        return resources
    }

    /// A number, or where things are named one by one how many there are.
    private func amount(
        _ resource: ECS.Resource, of names: [String]? = nil
    ) throws(APIError) -> Int {
        let value =
            resource.integerValue.flatMap { $0 == 0 ? nil : $0 } ?? resource.longValue.flatMap {
                $0 == 0 ? nil : Int($0)
            } ?? resource.doubleValue.flatMap { Int(exactly: $0) } ?? names?.count ?? 0
        guard (0...Int(Int32.max)).contains(value) else {
            throw invalid(
                "The resource \(resource.name ?? "") must be within 0 and \(Int32.max); it is "
                    + "\(value).")
        }
        return value
    }

    private func ports(_ resource: ECS.Resource) throws(APIError) -> [Int] {
        let texts = resource.stringSetValue ?? []
        let ports = texts.compactMap { Int($0) }.filter { (1...65_535).contains($0) }
        guard ports.count == texts.count, ports.count <= Self.reservedPortsMaximum else {
            throw invalid(
                "The resource \(resource.name ?? "") must be at most "
                    + "\(Self.reservedPortsMaximum) ports from 1 to 65535.")
        }
        return ports
    }

    private static let reservedPortsMaximum = 200
    private static let registeredAttributesMaximum = 200

    private func registeredAttributes(
        _ given: [ECS.Attribute]?
    ) throws(APIError) -> [Model.Attribute] {
        let most = Self.registeredAttributesMaximum
        guard (given ?? []).count <= most else {
            throw invalid("Attributes cannot have more than \(most) elements.")
        }
        var attributes: [Model.Attribute] = []
        for attribute in given ?? [] {
            let checked = try checked(attribute, mayBeReserved: true)
            guard !attributes.contains(where: { $0.name == checked.name }) else {
                throw invalid("The attribute '\(shown(checked.name))' is given twice.")
            }
            attributes.append(checked)
        }
        return attributes
    }

    private func versions(_ given: ECS.VersionInfo?) throws(APIError) -> Document? {
        guard let given else { return nil }
        for text in [given.agentHash, given.dockerVersion] { _ = try version(text) }
        return Coding.document(given)
    }

    private func version(_ text: String?) throws(APIError) -> String {
        let text = text ?? ""
        guard text.utf8.count <= 255 else {
            throw invalid("A member of versionInfo must have at most 255 bytes.")
        }
        return text
    }
}
