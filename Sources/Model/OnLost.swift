/// What becomes of a task when its worker and the manager have lost each other: the tag
/// `muster:on-lost` of its task definition, as it was when the task was made.
///
/// With `stop` there is never a second live copy. The worker ends the task by itself when it could
/// not renew its session for the lease and ``margin``; what outlives its agent does so ``deadMan``
/// later, should the agent not have; and the manager replaces it only after
/// ``surelyStopped(_:lease:)``. All count from the moment at which the last call that was answered
/// was sent, which is before the manager heard it.
public enum OnLost: String, Hashable, Sendable, Codable {
    case stop

    public static let tag = "muster:on-lost"
    /// What an instance has whose runtime ends such tasks without its agent.
    public static let capability = "muster.capability.on-lost-stop"

    /// What a worker bears beyond the lease: the manager, not the worker, should be first to know.
    public static let margin: Duration = .seconds(1)
    /// What the runtime leaves the agent beyond that.
    public static let deadMan: Duration = .seconds(1)

    /// The wish that tags hold, if any.
    ///
    /// - Throws: a sentence on what the tag may be.
    public init?(tags: [Tag], refusedAs code: APIError.Code) throws(APIError) {
        guard let tag = tags.first(where: { $0.key == Self.tag }) else { return nil }
        guard let wish = Self(rawValue: tag.value) else {
            throw APIError(
                code,
                "The tag \(Self.tag) of a task definition can only have the value 'stop', which "
                    + "makes workers stop the task when they lose the manager. Leave the tag out "
                    + "for tasks that go on.")
        }
        self = wish
    }

    /// The wish of tags that were checked before.
    public init?(tags: [Tag]) {
        guard let tag = tags.first(where: { $0.key == Self.tag }) else { return nil }
        self.init(rawValue: tag.value)
    }

    /// How long after a worker's last renewal, by anybody's clock, the last of a task's containers
    /// has surely ended: they may have to stop one after the other, each taking its whole timeout.
    public static func surelyStopped(
        _ containers: [ContainerDefinition], lease: Duration
    ) -> Duration {
        let stops = containers.reduce(0) { sum, container in
            sum + max(container.stopTimeout ?? ContainerDefinition.stopTimeoutDefault, 0)
        }
        let whole = lease + margin + deadMan + .seconds(stops)
        // For a runtime's own slowness, and for clocks that differ by no more than a percent.
        return whole + .seconds(1) + .milliseconds(whole.milliseconds / 100)
    }
}

extension TaskSpec {
    /// How much longer than ``OnLost/deadMan`` after its worker's lease a container may live where
    /// no agent stops it: what depends on it stops before it, without an agent as with one.
    public func lifeAfterDependents(of container: String) -> Duration {
        var names: Set<String> = [container]
        var isGrowing = true
        while isGrowing {
            let dependents = containers.filter { other in
                !names.contains(other.name)
                    && other.dependsOn.contains { names.contains($0.container) }
            }
            isGrowing = !dependents.isEmpty
            names.formUnion(dependents.map(\.name))
        }
        let before = containers.filter { $0.name != container && names.contains($0.name) }
        return .seconds(
            before.reduce(0) { $0 + ($1.stopTimeout ?? ContainerDefinition.stopTimeoutDefault) })
    }
}
