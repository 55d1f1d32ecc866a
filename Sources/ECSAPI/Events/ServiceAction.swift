/// What a line of a service's story means as an event: ECS's `eventName` and its reason (ECS
/// Developer Guide, "Amazon ECS service action events").
///
/// It is read from the line, since that is what the journal keeps; its words are ECS's, which
/// clients match, and so don't change. Most lines are worth no event in ECS either.
struct ServiceAction: Hashable, Sendable {
    enum Level: String, Sendable {
        case info = "INFO"
        case warning = "WARN"
        case error = "ERROR"
    }

    var level: Level
    var name: String
    var reason: String?

    static let desiredCountUpdated = Self(level: .info, name: "SERVICE_DESIRED_COUNT_UPDATED")

    init(level: Level, name: String, reason: String? = nil) {
        self.level = level
        self.name = name
        self.reason = reason
    }

    /// `nil` for a line that is worth no event.
    init?(message: String, of service: String) {
        let prefix = "(service \(service)) "
        guard message.hasPrefix(prefix) else { return nil }
        let text = message.dropFirst(prefix.count)
        guard let row = Self.beginnings.first(where: { text.hasPrefix($0.text) }) else {
            return nil
        }
        self = row.action
        if name == "SERVICE_TASK_PLACEMENT_FAILURE" {
            reason = Self.reasons.first { text.contains($0.text) }?.reason
        }
    }

    private static let beginnings: [(text: String, action: ServiceAction)] = [
        ("has reached a steady state.", Self(level: .info, name: "SERVICE_STEADY_STATE")),
        (
            "is unable to consistently start tasks successfully.",
            Self(level: .warning, name: "SERVICE_TASK_START_IMPAIRED")
        ),
        (
            "was unable to place a task because no container instance met all of its requirements.",
            Self(level: .error, name: "SERVICE_TASK_PLACEMENT_FAILURE")
        ),
    ]

    /// As the reasons of failures of RunTask, by what the line says of the closest instance.
    private static let reasons: [(text: String, reason: String)] = [
        ("has insufficient CPU units available.", "RESOURCE:CPU"),
        ("has insufficient memory available.", "RESOURCE:MEMORY"),
        ("has insufficient GPU resource available.", "RESOURCE:GPU"),
        ("is already using a port required by your task.", "RESOURCE:PORTS"),
        ("is missing an attribute required by your task.", "ATTRIBUTE"),
        ("register it anew, and use that revision.", "ATTRIBUTE"),
        ("encountered error \"AGENT\".", "AGENT"),
        ("is not ACTIVE.", "INACTIVE"),
        (
            "already runs a task of this service.",
            "distinctInstance placement constraint unsatisfied"
        ),
        (
            "does not meet a placement constraint of your task.",
            "MemberOf placement constraint unsatisfied"
        ),
        (
            "No Container Instances were found in your capacity provider.",
            "EMPTY CAPACITY PROVIDER"
        ),
        ("No Container Instances were found in your cluster.", "NO ACTIVE INSTANCES"),
    ]
}
