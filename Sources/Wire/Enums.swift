import Model

/// An enum whose cases are numbered from 1 on the wire; 0 is protobuf's "unspecified".
protocol WireEnum: Equatable {
    /// The cases in the order of their numbers in `worker.proto`.
    static var wireOrder: [Self] { get }
}

extension WireEnum {
    var wireNumber: UInt32 {
        // Every case is in the table, which a test checks.
        UInt32((Self.wireOrder.firstIndex(of: self) ?? -1) + 1)
    }

    /// `nil` for "unspecified" and for numbers that this version does not know.
    init?(wireNumber: UInt32) {
        guard wireNumber > 0, Int(wireNumber) <= Self.wireOrder.count else { return nil }
        self = Self.wireOrder[Int(wireNumber) - 1]
    }
}

extension Decoder {
    func enumeration<Value: WireEnum>(_ number: UInt32, _ field: String) throws(WireError) -> Value
    {
        guard let value = Value(wireNumber: number) else {
            throw .invalid(field: field, problem: "has the unknown value \(number)")
        }
        return value
    }

    /// An enum for which "unspecified" has a meaning.
    func enumerationIfSpecified<Value: WireEnum>(
        _ number: UInt32, _ field: String
    ) throws(WireError) -> Value? {
        number == 0 ? nil : try enumeration(number, field)
    }
}

extension DesiredStatus: WireEnum {
    static let wireOrder: [Self] = [.running, .stopped]
}

extension TaskStatus: WireEnum {
    static let wireOrder: [Self] = [
        .provisioning, .pending, .activating, .running, .deactivating, .stopping,
        .deprovisioning, .stopped,
    ]
}

extension ContainerStatus: WireEnum {
    static let wireOrder: [Self] = [.pending, .running, .stopped]
}

extension HealthStatus: WireEnum {
    static let wireOrder: [Self] = [.healthy, .unhealthy, .unknown]
}

extension StopCode: WireEnum {
    static let wireOrder: [Self] = [
        .taskFailedToStart, .essentialContainerExited, .userInitiated,
        .serviceSchedulerInitiated, .spotInterruption, .terminationNotice,
    ]
}

extension NetworkMode: WireEnum {
    static let wireOrder: [Self] = [.bridge, .host, .awsvpc, .none]
}

extension NamespaceSharing: WireEnum {
    static let wireOrder: [Self] = [.host, .task]
}

extension TransportProtocol: WireEnum {
    static let wireOrder: [Self] = [.tcp, .udp]
}

extension ContainerDependency.Condition: WireEnum {
    static let wireOrder: [Self] = [.start, .complete, .success, .healthy]
}

extension Volume.Kind: WireEnum {
    static let wireOrder: [Self] = [.host, .task, .shared, .existing]
}
