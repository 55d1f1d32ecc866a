import ClusterState
import HashTreeCollections
import ManagerCore
import Model

/// How many tasks each service, and each deployment or task set, has wanted RUNNING, and how many
/// of those run.
struct RolloutBounds {
    struct Count {
        var wanted = 0
        var running = 0
        /// Told to stop, and nothing takes their places before they have.
        var lingering = 0
    }

    private(set) var counts: [ServiceID: Count] = [:]
    private(set) var parts: [DeploymentID: Count] = [:]

    mutating func count(_ task: ECSTask, by sign: Int) {
        guard let service = task.service, task.lastStatus != .stopped else { return }
        guard task.desiredStatus == .running else {
            guard task.onLost == .stop else { return }
            counts[service, default: Count()].lingering += sign
            if let part = task.deployment { parts[part, default: Count()].lingering += sign }
            return
        }
        let running = task.lastStatus == .running ? sign : 0
        counts[service, default: Count()].wanted += sign
        counts[service, default: Count()].running += running
        guard let part = task.deployment else { return }
        parts[part, default: Count()].wanted += sign
        parts[part, default: Count()].running += running
    }
}

/// A service's tasks stay within its bounds, but for losses that nobody chose.
extension Checker {
    func checkRollout(_ record: ChangeRecord, _ before: ClusterState) {
        guard case .task(let task) = record.change, let id = task.service else { return }
        let old = before.tasks[task.id]
        if let old { bounds.count(old, by: -1) }
        bounds.count(task, by: 1)
        guard let service = state.services[id], let count = bounds.counts[id] else { return }
        if service.controller == .external { return checkTaskSet(of: task, old, service) }
        guard let old else {
            checkBeginning(of: task, service)
            let upper =
                service.desiredCount * service.deploymentConfiguration.maximumPercent / 100
            // One whose instance drains keeps its task of a DAEMON service to the last.
            expect(
                count.wanted <= upper || service.schedulingStrategy == .daemon,
                "no more tasks than the maximum percent",
                "\(service.name): \(count.wanted) of \(upper) with task \(task.id)")
            return
        }
        let isChosen =
            old.desiredStatus == .running && task.desiredStatus == .stopped
            && task.stopCode == .serviceSchedulerInitiated
        guard isChosen, old.lastStatus == .running, service.status == .active else { return }
        // A task of a DAEMON service has to go where its instance drains, whatever the others do.
        if service.schedulingStrategy == .daemon, !state.isActive(task.instance) { return }
        if task.stoppedReason == ManagerCore.unhealthyReason {
            return checkHealthStop(of: task, service, count)
        }
        let percent = service.deploymentConfiguration.minimumHealthyPercent
        let lower = (service.desiredCount * percent + 99) / 100
        expect(
            count.running >= lower, "no task is stopped below the minimum percent",
            "\(service.name): \(count.running) left of \(lower) after task \(task.id)")
    }
}
