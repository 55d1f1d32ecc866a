/// One container of a task, as it is.
public struct Container: Hashable, Sendable, Identifiable {
    public let id: ContainerID
    /// What it was made from.
    public var make: Shared<ContainerMake>
    public var runtimeID: String?
    public var networkBindings: [NetworkBinding]
    /// What few have, which is `nil` where none of it is said.
    private var rare: Shared<Rare>?
    public var lastStatus: ContainerStatus
    public var health: HealthStatus

    private struct Rare: Hashable, Sendable {
        var exitCode: Int?
        var reason: String?
        var restarts: Int?
        var imageDigest: String?
        var address: String?
    }

    public init(id: ContainerID, make: Shared<ContainerMake>) {
        self.id = id
        self.make = make
        networkBindings = []
        lastStatus = .pending
        health = .unknown
    }

    public init(
        id: ContainerID, name: String, image: String, lastStatus: ContainerStatus = .pending,
        exitCode: Int? = nil, reason: String? = nil, runtimeID: String? = nil,
        networkBindings: [NetworkBinding] = [], health: HealthStatus = .unknown, cpu: Int = 0,
        memory: Int? = nil, memoryReservation: Int? = nil, restarts: Int? = nil,
        imageDigest: String? = nil, address: String? = nil
    ) {
        self.id = id
        make = Shared(
            ContainerMake(
                name: name, image: image, cpu: cpu, memory: memory,
                memoryReservation: memoryReservation))
        self.lastStatus = lastStatus
        self.runtimeID = runtimeID
        self.networkBindings = networkBindings
        self.health = health
        set(
            Rare(
                exitCode: exitCode, reason: reason, restarts: restarts, imageDigest: imageDigest,
                address: address))
    }

    public var exitCode: Int? {
        get { rare?.value.exitCode }
        set { change { $0.exitCode = newValue } }
    }
    public var reason: String? {
        get { rare?.value.reason }
        set { change { $0.reason = newValue } }
    }
    /// How often it was started again in its place; `nil` means never. ECS's API does not show it.
    public var restarts: Int? {
        get { rare?.value.restarts }
        set { change { $0.restarts = newValue } }
    }
    /// The digest of the image's manifest, where the worker's runtime knows it.
    public var imageDigest: String? {
        get { rare?.value.imageDigest }
        set { change { $0.imageDigest = newValue } }
    }
    /// The address of its own that the task has on its worker's container network.
    public var address: String? {
        get { rare?.value.address }
        set { change { $0.address = newValue } }
    }

    private mutating func change(_ body: (inout Rare) -> Void) {
        var value = rare?.value ?? Rare()
        body(&value)
        set(value)
    }

    /// Nothing said is one value, so that equal containers are equal.
    private mutating func set(_ value: Rare) {
        if value != rare?.value ?? Rare() { rare = value == Rare() ? nil : Shared(value) }
    }
}

extension Container {
    public var name: String { make.value.name }
    public var image: String {
        get { make.value.image }
        set { make.value.image = newValue }
    }
    public var cpu: Int { make.value.cpu }
    public var memory: Int? { make.value.memory }
    public var memoryReservation: Int? { make.value.memoryReservation }
}

/// What a container was made from: the same for that container of all tasks of a deployment.
public struct ContainerMake: Hashable, Sendable {
    public var name: String
    public var image: String
    public var cpu: Int
    public var memory: Int?
    public var memoryReservation: Int?

    public init(
        name: String, image: String, cpu: Int = 0, memory: Int? = nil,
        memoryReservation: Int? = nil
    ) {
        self.name = name
        self.image = image
        self.cpu = cpu
        self.memory = memory
        self.memoryReservation = memoryReservation
    }
}

// Stored with what it was made from among its own members.
extension Container: Codable {
    /// The names of all members that a stored container can have.
    package static var storedMembers: [String] { CodingKeys.allCases.map(\.rawValue) }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, name, image, lastStatus, exitCode, reason, runtimeID, networkBindings, health
        case cpu, memory, memoryReservation, restarts, imageDigest, address
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(ContainerID.self, forKey: .id)
        make = Shared(
            ContainerMake(
                name: try members.decode(String.self, forKey: .name),
                image: try members.decode(String.self, forKey: .image),
                cpu: try members.decode(Int.self, forKey: .cpu),
                memory: try members.decodeIfPresent(Int.self, forKey: .memory),
                memoryReservation: try members.decodeIfPresent(
                    Int.self, forKey: .memoryReservation)))
        lastStatus = try members.decode(ContainerStatus.self, forKey: .lastStatus)
        runtimeID = try members.decodeIfPresent(String.self, forKey: .runtimeID)
        networkBindings = try members.decode([NetworkBinding].self, forKey: .networkBindings)
        health = try members.decode(HealthStatus.self, forKey: .health)
        set(
            Rare(
                exitCode: try members.decodeIfPresent(Int.self, forKey: .exitCode),
                reason: try members.decodeIfPresent(String.self, forKey: .reason),
                restarts: try members.decodeIfPresent(Int.self, forKey: .restarts),
                imageDigest: try members.decodeIfPresent(String.self, forKey: .imageDigest),
                address: try members.decodeIfPresent(String.self, forKey: .address)))
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(id, forKey: .id)
        try members.encode(name, forKey: .name)
        try members.encode(image, forKey: .image)
        try members.encode(lastStatus, forKey: .lastStatus)
        try members.encodeIfPresent(exitCode, forKey: .exitCode)
        try members.encodeIfPresent(reason, forKey: .reason)
        try members.encodeIfPresent(runtimeID, forKey: .runtimeID)
        try members.encode(networkBindings, forKey: .networkBindings)
        try members.encode(health, forKey: .health)
        try members.encode(cpu, forKey: .cpu)
        try members.encodeIfPresent(memory, forKey: .memory)
        try members.encodeIfPresent(memoryReservation, forKey: .memoryReservation)
        try members.encodeIfPresent(restarts, forKey: .restarts)
        try members.encodeIfPresent(imageDigest, forKey: .imageDigest)
        try members.encodeIfPresent(address, forKey: .address)
    }
}
