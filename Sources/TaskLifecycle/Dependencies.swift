import Model

/// What a container waits for, and in which order a task's containers stop.
enum Dependencies {
    enum Verdict: Hashable {
        case met
        case pending
        /// It can never start, and why.
        case impossible(String)
    }

    /// What is wrong with a task's dependencies as a whole, or `nil`. The API refuses such
    /// definitions; a worker that gets one all the same must not wait for ever.
    static func problem(of containers: [ContainerDefinition]) -> String? {
        for (index, container) in containers.enumerated() {
            if containers[..<index].contains(where: { $0.name == container.name }) {
                return "two containers are named \"\(container.name)\""
            }
            for dependency in container.dependsOn {
                if !containers.contains(where: { $0.name == dependency.container }) {
                    return "container \"\(container.name)\" depends on "
                        + "\"\(dependency.container)\", which the task does not have"
                }
                if dependency.condition == .healthy,
                    !containers.contains(where: {
                        $0.name == dependency.container && $0.healthCheck?.arguments != nil
                    })
                {
                    return "container \"\(container.name)\" waits for \"\(dependency.container)\" "
                        + "to be HEALTHY, which has no health check"
                }
            }
        }
        return hasCycle(containers) ? "the containers depend on each other in a circle" : nil
    }

    /// Whether `container` may start now.
    static func verdict(
        on container: ContainerDefinition, among containers: [ManagedContainer], at now: Instant
    ) -> Verdict {
        var verdict = Verdict.met
        for dependency in container.dependsOn {
            guard let other = containers.first(where: { $0.name == dependency.container }) else {
                return .impossible("it depends on \"\(dependency.container)\", which is not there")
            }
            switch judge(dependency, other, now) {
            case .met: continue
            case .pending: verdict = .pending
            case .impossible(let why): return .impossible(why)
            }
        }
        return verdict
    }

    /// When a dependency's `startTimeout` runs out, if something waits for it to end or to be
    /// HEALTHY.
    static func startDeadline(
        of container: ManagedContainer, among containers: [ManagedContainer]
    ) -> Instant? {
        guard container.phase == .running, let timeout = container.definition.startTimeout,
            let since = container.startKnownAt
        else { return nil }
        let awaited = containers.contains { waiter in
            waiter.phase == .waiting && !waiter.isRestarting
                && waiter.definition.dependsOn.contains {
                    $0.container == container.name && $0.condition != .start
                        && !($0.condition == .healthy && container.health.status == .healthy)
                }
        }
        return awaited ? since + .seconds(timeout) : nil
    }

    /// Whether everything that depends on `container` has stopped, so that it may stop too.
    static func mayStop(_ container: ManagedContainer, among containers: [ManagedContainer]) -> Bool
    {
        containers.allSatisfy { other in
            other.phase == .stopped
                || !other.definition.dependsOn.contains { $0.container == container.name }
        }
    }

    private static func judge(
        _ dependency: ContainerDependency, _ other: ManagedContainer, _ now: Instant
    ) -> Verdict {
        let name = "\"\(other.name)\""
        if dependency.condition == .start {
            if other.start != nil { return .met }
            return other.phase == .stopped
                ? .impossible("container \(name) did not start") : .pending
        }
        guard other.phase == .stopped else {
            // Until then it may be UNHEALTHY too, and become well yet.
            if dependency.condition == .healthy, other.health.status == .healthy { return .met }
            if let since = other.startKnownAt, let timeout = other.definition.startTimeout,
                since + .seconds(timeout) <= now
            {
                let what = dependency.condition == .healthy ? "become HEALTHY" : "end"
                return .impossible(
                    "container \(name) did not \(what) within its startTimeout of \(timeout) s")
            }
            return .pending
        }
        guard other.start != nil || other.end != nil else {
            return .impossible("container \(name) did not start")
        }
        switch dependency.condition {
        case .complete, .start: return .met
        case .success:
            if other.end?.code == 0 { return .met }
            let code = other.end?.code.map { "code \($0)" } ?? "an unknown code"
            return .impossible("container \(name) exited with \(code), not 0")
        case .healthy:
            return .impossible("container \(name) ended before it was HEALTHY")
        }
    }

    private static func hasCycle(_ containers: [ContainerDefinition]) -> Bool {
        var left = containers
        while !left.isEmpty {
            let names = left.map(\.name)
            let blocked = left.filter { container in
                container.dependsOn.contains { names.contains($0.container) }
            }
            if blocked.count == left.count { return true }
            left = blocked
        }
        return false
    }
}
