public import Model

/// What a worker is told at its start. Heartbeat settings are not here: they come from the manager.
public struct WorkerConfiguration: Sendable {
    /// Custom attributes an instance may have, as in ECS.
    public static let attributesMaximum = 10

    /// How the worker proves who it is, and whom it takes for its manager.
    public enum Security: Hashable, Sendable {
        /// With the certificate of its data folder, which a join token gets it when it has none.
        case mutualTLS(JoinToken?)
        /// Not at all: to a manager that serves without TLS.
        case plaintext
    }

    /// Where a join token is.
    public enum JoinToken: Hashable, Sendable {
        case text(String)
        /// Read again whenever it is needed.
        case file(String)
    }

    /// Unique among the connected workers of the cluster.
    public var name: String
    public var cluster: String
    /// Empty means the manager's default region.
    public var region: String
    /// Where managers listen for workers, `host:port`; tried in turn.
    public var managers: [String]
    public var security = Security.mutualTLS(nil)
    /// Where the worker keeps its identity; the runtime may keep its own folders beside.
    public var dataFolder: String
    /// What the worker offers; ports are those it keeps for itself.
    public var resources: Resources
    /// Beside the built-in ones, which they replace by name.
    public var attributes: [Attribute]
    public var agentVersion: String
    /// Seconds from the stop signal to SIGKILL for containers whose definition does not say;
    /// `nil` means ECS's 30.
    public var stopTimeout: Int?
    /// Whether containers are served the task metadata endpoint.
    public var servesMetadata = true
    /// How often is measured what containers use.
    public var usagePeriod = Duration.seconds(10)
    /// How often the agent looks whether its runtime answers and its disk has room.
    public var examinationPeriod = Duration.seconds(5)
    /// Whether the agent stops all its tasks before it ends. Otherwise they go on, and the next
    /// agent on this data folder finds them.
    public var stopTasksOnShutdown = false
    /// How long that stopping may take.
    public var shutdownLimit = Duration.seconds(40)

    public init(
        name: String, managers: [String], dataFolder: String, cluster: String = "default",
        region: String = "", resources: Resources = HostResources.offered(),
        attributes: [Attribute] = [], agentVersion: String = ""
    ) {
        self.name = name
        self.cluster = cluster
        self.region = region
        self.managers = managers
        self.dataFolder = dataFolder
        self.resources = resources
        self.attributes = attributes
        self.agentVersion = agentVersion
    }

    /// Checks every setting; throws ``WorkerError/Code/configuration`` naming the one that is
    /// wrong.
    public func validate() throws(WorkerError) {
        guard (1...255).contains(name.utf8.count) else {
            throw WorkerError(.configuration, "the worker's name must have 1 to 255 bytes: \(name)")
        }
        guard !managers.isEmpty else {
            throw WorkerError(.configuration, "no manager is given; name one as host:port")
        }
        for manager in managers where ManagerAddress(manager) == nil {
            throw WorkerError(
                .configuration, "the manager's address \"\(manager)\" is not host:port")
        }
        guard resources.cpu > 0, resources.memory > 0 else {
            throw WorkerError(
                .configuration,
                "a worker needs CPU units and memory to offer, not cpu=\(resources.cpu) and "
                    + "memory=\(resources.memory) MiB")
        }
        guard attributes.count <= Self.attributesMaximum else {
            throw WorkerError(
                .configuration,
                "\(attributes.count) attributes are more than the \(Self.attributesMaximum) allowed"
            )
        }
        for attribute in attributes { try Self.check(attribute) }
    }

    /// The built-in attributes, then the runtime's, then the configured ones; a later one replaces
    /// an earlier one of the same name.
    func allAttributes(with runtime: [Attribute]) -> [Attribute] {
        let zone = (region.isEmpty ? "us-east-1" : region) + "a"
        var all = [
            Attribute(name: "ecs.os-type", value: "linux"),
            Attribute(name: "ecs.cpu-architecture", value: HostResources.architecture),
            Attribute(name: "ecs.availability-zone", value: zone),
            Attribute(name: "ecs.instance-type", value: "muster"),
        ]
        for attribute in runtime + attributes {
            all.removeAll { $0.name == attribute.name }
            all.append(attribute)
        }
        return all
    }

    /// ECS's rules for an attribute's name and value.
    private static func check(_ attribute: Attribute) throws(WorkerError) {
        func isWordByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_/\\.".utf8.contains(byte)
            }
        }
        guard (1...128).contains(attribute.name.utf8.count),
            attribute.name.utf8.allSatisfy(isWordByte)
        else {
            throw WorkerError(
                .configuration,
                "the attribute name \"\(attribute.name)\" must be 1 to 128 letters, digits or "
                    + "- _ / \\ ."
            )
        }
        guard let value = attribute.value else { return }
        guard (1...128).contains(value.utf8.count), value.first != " ", value.last != " ",
            value.utf8.allSatisfy({ isWordByte($0) || "@: ".utf8.contains($0) })
        else {
            throw WorkerError(
                .configuration,
                "the value of attribute \"\(attribute.name)\" must be 1 to 128 letters, digits, "
                    + "spaces inside or - _ / \\ . @ :")
        }
    }
}
