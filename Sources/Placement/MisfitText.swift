import Model
import QueryLanguage

extension Misfit {
    /// The `reason` of a failure of RunTask and StartTask (ECS, "API failure reasons").
    public var failureReason: String {
        switch self {
        case .notActive: "INACTIVE"
        case .agent: "AGENT"
        case .attribute: "ATTRIBUTE"
        case .distinctInstance: "distinctInstance placement constraint unsatisfied"
        case .memberOf: "MemberOf placement constraint unsatisfied"
        case .cpu: "RESOURCE:CPU"
        case .memory: "RESOURCE:MEMORY"
        case .gpu: "RESOURCE:GPU"
        case .port: "RESOURCE:PORTS"
        }
    }

    /// The obstacle in a sentence, for the `detail` of a failure.
    public var detail: String {
        switch self {
        case .notActive: "The container instance is not ACTIVE."
        case .agent: "The agent of the container instance is not connected."
        case .attribute(TaskDefinition.newRegistration):
            "The task definition was registered with a Muster that did not keep all of it yet: "
                + "register it anew, and use that revision."
        case .attribute(let name): "The container instance lacks the attribute \(name)."
        case .distinctInstance: "A task of the same group is on the container instance."
        case .memberOf(let query, let failing):
            "The container instance does not meet '\(failing?.description ?? query.text)'."
        case .cpu(let needed, let free):
            "\(needed) CPU units are needed and \(free) are free."
        case .memory(let needed, let free):
            "\(needed) MiB of memory are needed and \(free) are free."
        case .gpu(let needed, let free): "\(needed) GPUs are needed and \(free) are free."
        case .port(let port, let transport):
            "The host port \(port)/\(transport.rawValue) is taken."
        }
    }
}

extension Misfit {
    /// All that ``failureReason`` can be, in the order of the checks.
    public static let failureReasons = [
        "INACTIVE", "AGENT", "ATTRIBUTE", "distinctInstance placement constraint unsatisfied",
        "MemberOf placement constraint unsatisfied", "RESOURCE:CPU", "RESOURCE:MEMORY",
        "RESOURCE:GPU", "RESOURCE:PORTS",
    ]
}
