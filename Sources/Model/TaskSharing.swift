/// Makes tasks that were read one by one share what they have in common, as those do that a manager
/// made together.
public struct TaskSharing: Sendable {
    /// Different values beyond which it forgets those before: what one task alone has is not kept
    /// for others for ever.
    public static let maximum = 16_384

    private var origins: [TaskOrigin: Shared<TaskOrigin>] = [:]
    private var makes: [ContainerMake: Shared<ContainerMake>] = [:]

    public init() {}

    public mutating func share(_ task: inout ECSTask) {
        task.origin = Self.known(task.origin, &origins)
        for index in task.containers.indices {
            task.containers[index].make = Self.known(task.containers[index].make, &makes)
        }
    }

    private static func known<Value: Hashable>(
        _ value: Shared<Value>, _ known: inout [Value: Shared<Value>]
    ) -> Shared<Value> {
        if let first = known[value.value] { return first }
        if known.count == maximum { known.removeAll() }
        known[value.value] = value
        return value
    }
}
