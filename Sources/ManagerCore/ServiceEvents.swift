import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement

/// The lines of a service's story, in ECS's words (ECS Developer Guide, "service event messages").
extension ManagerCore {
    /// Adds an event, unless it is the one that was said last: what goes on is said again after
    /// six hours.
    mutating func say(_ service: Service, _ text: String) {
        let message = "(service \(service.name)) \(text)"
        let last = state.events(of: service.id).last
        if let last, last.message == message, !isLongAgo(last.createdAt) { return }
        record(
            .serviceEvent(
                ServiceEvent(
                    service: service.id, sequence: (last?.sequence ?? 0) + 1,
                    id: random.identifier(), createdAt: now.wall, message: message)))
    }

    private func isLongAgo(_ time: WallTime) -> Bool {
        time + ManagerSettings.eventRepeat <= now.wall
    }

    private func isLongAgo(_ time: Instant) -> Bool {
        now.monotonic - time >= ManagerSettings.eventRepeat
    }

    mutating func sayStarted(_ service: Service, _ tasks: [TaskID]) {
        say(service, "has started \(tasks.count) tasks: \(list(tasks)).")
    }

    /// Says that all is as wished, and that it still is every six hours.
    mutating func saySteady(_ service: Service) {
        blocked[service.id] = nil
        say(service, "has reached a steady state.")
        if steadyAgain[service.id] == nil {
            steadyAgain[service.id] = now.monotonic + ManagerSettings.eventRepeat
        }
    }

    /// Looks again at services that were steady six hours ago.
    mutating func fireSteadyAgain() {
        while let (service, due) = steadyAgain.elements.first, due <= now.monotonic {
            steadyAgain.removeFirst()
            dirty.append(service)
        }
    }

    /// Says that tasks keep failing, each time that the next try is later than before.
    mutating func sayImpaired(_ service: Service, next delay: Duration, isNews: Bool) {
        let text =
            "is unable to consistently start tasks successfully. The next try is "
            + "\(delay.milliseconds / 1_000) s after the last."
        let last = state.events(of: service.id).last { $0.message.hasSuffix(text) }
        if isNews || last.map({ isLongAgo($0.createdAt) }) ?? true { say(service, text) }
    }

    /// Says once that the bounds forbid every move, and again after it moved.
    mutating func report(isBlocked: Bool, _ service: Service) {
        guard isBlocked else {
            blocked[service.id] = nil
            return
        }
        if let saidAt = blocked[service.id], !isLongAgo(saidAt) { return }
        blocked[service.id] = now.monotonic
        say(
            service,
            "was unable to stop or start tasks during a deployment because of the service "
                + "deployment configuration. Update the minimumHealthyPercent or maximumPercent "
                + "value and try again.")
    }

    /// Says why no place was found, once until the kind of reason changes or a task found one.
    mutating func sayUnplaceable(_ service: Service, nearest: Refusal.Entry?) {
        let kind = nearest?.misfit.failureReason ?? ""
        let before = starved[service.id]
        if let before, before.kind == kind, !isLongAgo(before.saidAt) { return }
        starved[service.id] = Starvation(
            kind: kind, saidAt: now.monotonic, countsAt: before?.countsAt)
        let reason = reason(of: nearest)
        say(
            service,
            "was unable to place a task because no container instance met all of its "
                + "requirements. Reason: \(reason) For more information, see the Troubleshooting "
                + "section of the Amazon ECS Developer Guide.")
    }

    private func reason(of nearest: Refusal.Entry?) -> String {
        guard let nearest else {
            return "No Container Instances were found in your cluster."
        }
        let closest = "The closest matching (container-instance \(nearest.instance)) "
        return switch nearest.misfit {
        case .notActive: closest + "is not ACTIVE."
        case .agent: closest + "encountered error \"AGENT\"."
        case .attribute(CapacityProvider.groupAttribute):
            "No Container Instances were found in your capacity provider."
        case .attribute(TaskDefinition.newRegistration): nearest.misfit.detail
        case .attribute: closest + "is missing an attribute required by your task."
        case .distinctInstance: closest + "already runs a task of this service."
        case .memberOf: closest + "does not meet a placement constraint of your task."
        case .cpu: closest + "has insufficient CPU units available."
        case .memory: closest + "has insufficient memory available."
        case .gpu: closest + "has insufficient GPU resource available."
        case .port: closest + "is already using a port required by your task."
        }
    }

    /// As many ids as a message of a sane length holds.
    func list(_ tasks: [TaskID]) -> String {
        let shown = tasks.prefix(10).map { "(task \($0))" }.joined(separator: " ")
        return tasks.count > 10 ? "\(shown) and \(tasks.count - 10) more" : shown
    }
}

/// A service that waits for room.
struct Starvation: Sendable {
    /// The kind of reason that was said.
    var kind: String
    var saidAt: Instant
    /// When the circuit breaker counts that once more.
    var countsAt: Instant?
}
