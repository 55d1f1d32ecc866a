import ClusterState
import HashTreeCollections
import Model

/// A service that evens itself out does so a few tasks at a time, from a state in which it has what
/// it desires, and only to become more even; none of its tasks goes before another is there.
extension Checker {
    func checkEvenness(_ record: ChangeRecord, _ before: ClusterState) {
        switch record.change {
        case .serviceEvent(let event): check(event)
        case .task(let task): checkLeaver(task, before.tasks[task.id])
        default: return
        }
    }

    private func checkLeaver(_ task: ECSTask, _ old: ECSTask?) {
        guard old?.desiredStatus == .running, task.desiredStatus == .stopped,
            task.stoppedReason?.contains("rebalancing initiated by") == true,
            let service = task.service.flatMap({ state.services[$0] })
        else { return }
        expect(
            task.protectedUntil == nil, "a protected task does not move",
            "\(service.name): task \(task.id)")
        checkSettled(service)
        let wanted = bounds.counts[service.id]?.wanted ?? 0
        expect(
            wanted >= service.desiredCount, "a move leaves as many tasks as are desired",
            "\(service.name): \(wanted) of \(service.desiredCount) after task \(task.id)")
        let running = bounds.counts[service.id]?.running ?? 0
        expect(
            running >= service.desiredCount, "no task moves before another runs in its place",
            "\(service.name): \(running) of \(service.desiredCount) after task \(task.id)")
    }

    private func checkSettled(_ service: Service) {
        let isSettled =
            service.deployments.count == 1 && service.deployments[0].rolloutState == .completed
        expect(
            isSettled || service.status != .active,
            "nothing moves while a deployment is under way", service.name)
    }

    /// The start of a round, which says so.
    private func check(_ event: ServiceEvent) {
        let isOverZones = event.message.contains(" to AZ Rebalance: ")
        let isOverInstances = event.message.contains(" to rebalance over instances: ")
        guard isOverZones || isOverInstances, event.message.contains(") has started "),
            let service = state.services[event.service]
        else { return }
        checkSettled(service)
        let wanted = state.outlines(of: service.id).values.filter { $0.desiredStatus == .running }
        let comers = wanted.filter { $0.createdAt == event.createdAt }
        let others = wanted.filter { $0.createdAt != event.createdAt }
        let rule = isOverZones ? RebalanceRule.zones : RebalanceRule(service.tags)
        expect(
            comers.count <= rule?.count ?? 0 && others.count == service.desiredCount,
            "no more tasks move at a time than may, and from a steady state",
            "\(service.name): \(comers.count) beside \(others.count) of \(service.desiredCount)")
        let levels = isOverZones ? [Evenness.zone] : Evenness.levels(of: service)
        let now = Evenness(levels, others.map { path(of: $0.instance, levels) })
        let helps = comers.contains { comer in
            let to = path(of: comer.instance, levels)
            return others.contains { now.gains(from: path(of: $0.instance, levels), to: to) }
        }
        expect(helps, "tasks move only to make their service more even", event.message)
    }

    private func path(of id: InstanceID, _ levels: [String?]) -> [String] {
        let attributes = state.instances[id]?.attributes ?? []
        return levels.map { level in
            guard let level else { return "\(id)" }
            return attributes.first { $0.name == level }?.value ?? ""
        }
    }
}

/// How even tasks are over the values of some levels: attributes, or `nil` for the instance.
private struct Evenness {
    static let zone: String? = "ecs.availability-zone"

    private var counts: [[String: Int]]

    init(_ levels: [String?], _ paths: [[String]]) {
        counts = levels.map { _ in [:] }
        for path in paths {
            for (level, value) in path.enumerated() { counts[level][value, default: 0] += 1 }
        }
    }

    static func levels(of service: Service) -> [String?] {
        guard !service.placementStrategy.isEmpty else { return [zone, nil] }
        var levels: [String?] = service.placementStrategy.map { strategy in
            guard case .spread(let field) = strategy, field.hasPrefix("attribute:") else {
                return nil
            }
            return String(field.dropFirst("attribute:".count))
        }
        if !levels.contains(nil) { levels.append(nil) }
        return levels
    }

    /// Whether a task's going from one place to another lessens the first sum of squares that it
    /// changes.
    func gains(from source: [String], to target: [String]) -> Bool {
        for (level, (old, new)) in zip(source, target).enumerated() where old != new {
            let gain = (counts[level][old] ?? 0) - (counts[level][new] ?? 0) - 1
            if gain != 0 { return gain > 0 }
        }
        return false
    }
}
