import ClusterState
import HashTreeCollections
import ManagerCore
import Model

/// Each task set is a service of its own as far as bounds go: its share of the desired count is
/// what the percentages are of.
extension Checker {
    func checkTaskSet(of task: ECSTask, _ old: ECSTask?, _ service: Service) {
        let set = service.taskSets.first { $0.id == task.deployment }
        let count = task.deployment.flatMap { bounds.parts[$0] } ?? .init()
        let isLeaving = set?.isDraining ?? true || service.status != .active
        guard let old else {
            expect(
                !isLeaving, "new tasks are of a current task set",
                "\(service.name): task \(task.id)")
            let most = most(of: set, service)
            expect(
                count.wanted <= most, "no more tasks than the maximum percent",
                "\(service.name): \(count.wanted) of \(most) with task \(task.id)")
            return
        }
        let isChosen =
            old.desiredStatus == .running && task.desiredStatus == .stopped
            && task.stopCode == .serviceSchedulerInitiated
        guard isChosen, old.lastStatus == .running, !isLeaving else { return }
        if task.stoppedReason == ManagerCore.unhealthyReason, let set {
            return checkHealthStop(of: task, service.part(of: set), count)
        }
        let percent = service.deploymentConfiguration.minimumHealthyPercent
        let lower = (share(of: set, service) * percent + 99) / 100
        expect(
            count.running >= lower, "no task is stopped below the minimum percent",
            "\(service.name): \(count.running) left of \(lower) after task \(task.id)")
    }

    func checkTaskSets(_ record: ChangeRecord) {
        guard case .service(let service) = record.change else { return }
        expect(
            service.taskSets.count(where: \.isPrimary) <= 1, "one task set is PRIMARY at most",
            service.name)
        expect(
            service.taskSets.isEmpty || service.controller == .external,
            "only EXTERNAL services have task sets", service.name)
    }

    func most(of set: TaskSet?, _ service: Service) -> Int {
        share(of: set, service) * service.deploymentConfiguration.maximumPercent / 100
    }

    /// Percent of the desired count, rounded up, counted without the product's own arithmetic: the
    /// scale is of tenths of a percent here.
    func share(of set: TaskSet?, _ service: Service) -> Int {
        guard let set, !set.isDraining else { return 0 }
        let tenths = Int((set.scale * 10).rounded())
        return (service.desiredCount * tenths + 999) / 1_000
    }
}
