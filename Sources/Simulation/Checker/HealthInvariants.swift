import ClusterState
import HashTreeCollections
import ManagerCore
import Model

/// When each service, by its newest deployment or task set, last had a task stopped for its health.
struct HealthStops {
    var last: [DeploymentID: Int64] = [:]
}

/// Unhealthy tasks of services are replaced, others are left alone; what is not HEALTHY completes
/// no deployment.
extension Checker {
    func checkHealth(_ record: ChangeRecord, _ before: ClusterState) {
        switch record.change {
        case .task(let task) where task.service == nil:
            expect(
                task.stoppedReason != ManagerCore.unhealthyReason,
                "a task of no service is not stopped for its health", "\(task.id)")
        case .service(let service): checkCompletion(of: service, before.services[service.id])
        default: return
        }
    }

    private func checkCompletion(of service: Service, _ old: Service?) {
        guard let primary = service.deployments.first, primary.rolloutState == .completed,
            old?.deployments.first(where: { $0.id == primary.id })?.rolloutState != .completed
        else { return }
        let sick = state.outlines(of: service.id).values.count {
            $0.deployment == primary.id && $0.desiredStatus == .running && $0.hasHealthCheck
                && $0.health != .healthy
        }
        expect(
            sick == 0, "a deployment is COMPLETED when its tasks are HEALTHY",
            "\(service.name): \(sick) are not")
    }

    /// A running task of an active service was stopped for its health.
    func checkHealthStop(
        of task: ECSTask, _ service: Service, _ count: RolloutBounds.Count
    ) {
        let bounds = service.deploymentConfiguration
        let lower = (service.desiredCount * bounds.minimumHealthyPercent + 99) / 100
        let upper = service.desiredCount * bounds.maximumPercent / 100
        guard let newest = service.deployments.first?.id else { return }
        let isFirst = health.last[newest] != now
        health.last[newest] = now
        let isFull =
            service.schedulingStrategy == .daemon || count.wanted + 1 + count.lingering >= upper
        expect(
            isFull || !isFirst || count.wanted >= service.desiredCount,
            "an unhealthy task stays until its replacement is there",
            "\(service.name): \(count.wanted) of \(service.desiredCount) after \(task.id)")
        expect(
            count.running >= lower || isFirst && isFull,
            "of the unhealthy tasks that are needed one goes at a time",
            "\(service.name): \(count.running) left of \(lower) after task \(task.id)")
    }
}
