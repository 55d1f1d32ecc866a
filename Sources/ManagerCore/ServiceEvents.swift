import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement

/// The lines of a service's story, in ECS's words (ECS Developer Guide, "service event messages").
extension ManagerCore {
    /// Adds an event, unless it is the one that was said last.
    mutating func say(_ service: Service, _ text: String) {
        let message = "(service \(service.name)) \(text)"
        let last = state.events(of: service.id).last
        guard last?.message != message else { return }
        record(
            .serviceEvent(
                ServiceEvent(
                    service: service.id, sequence: (last?.sequence ?? 0) + 1,
                    id: random.identifier(), createdAt: now.wall, message: message)))
    }

    mutating func sayStarted(_ service: Service, _ tasks: [TaskID]) {
        say(service, "has started \(tasks.count) tasks: \(list(tasks)).")
    }

    mutating func saySteady(_ service: Service) {
        blocked.remove(service.id)
        say(service, "has reached a steady state.")
    }

    /// Says once that the bounds forbid every move, and again after it moved.
    mutating func report(isBlocked: Bool, _ service: Service) {
        guard isBlocked else {
            blocked.remove(service.id)
            return
        }
        guard blocked.insert(service.id).inserted else { return }
        say(
            service,
            "was unable to stop or start tasks during a deployment because of the service "
                + "deployment configuration. Update the minimumHealthyPercent or maximumPercent "
                + "value and try again.")
    }

    /// Says why no place was found, once until the kind of reason changes or a task found one.
    mutating func sayUnplaceable(_ service: Service, _ refusal: Refusal) {
        let kind = refusal.nearest?.misfit.failureReason ?? ""
        guard starved[service.id] != kind else { return }
        starved[service.id] = kind
        let reason = reason(of: refusal)
        say(
            service,
            "was unable to place a task because no container instance met all of its "
                + "requirements. Reason: \(reason) For more information, see the Troubleshooting "
                + "section of the Amazon ECS Developer Guide.")
    }

    private func reason(of refusal: Refusal) -> String {
        guard let nearest = refusal.nearest else {
            return "No Container Instances were found in your cluster."
        }
        let closest = "The closest matching (container-instance \(nearest.instance)) "
        return switch nearest.misfit {
        case .notActive: closest + "is not ACTIVE."
        case .agent: closest + "encountered error \"AGENT\"."
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
