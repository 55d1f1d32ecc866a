import ClusterState
import HashTreeCollections
import Model

/// What was seen of services' deployments.
struct DeploymentWatch {
    /// Deployments that were COMPLETED once.
    var completed: Set<DeploymentID> = []
}

/// A failed deployment launches nothing, a rollback goes to what was completed, what is over is
/// over.
extension Checker {
    func checkDeployments(_ record: ChangeRecord, _ before: ClusterState) {
        switch record.change {
        case .service(let service): check(service)
        case .serviceDeployment(let deployment):
            check(deployment, after: before.serviceDeployments[deployment.id])
        default: return
        }
    }

    private func check(_ service: Service) {
        let ids = service.deployments.map(\.id)
        expect(
            Set(ids).count == ids.count, "a deployment is in its service's list once",
            service.name)
        for deployment in service.deployments where deployment.rolloutState == .completed {
            deployments.completed.insert(deployment.id)
        }
    }

    private func check(_ deployment: ServiceDeployment, after old: ServiceDeployment?) {
        if let old, old.status.isFinal {
            expect(
                deployment.status == old.status, "a service deployment that is over stays so",
                "\(deployment.id.short): \(old.status.rawValue) to \(deployment.status.rawValue)")
        }
        guard let rollback = deployment.rollback else { return }
        expect(
            rollback.revision != deployment.target
                && deployments.completed.contains(rollback.revision),
            "a rollback goes to a completed deployment",
            "\(deployment.id.short) to \(rollback.revision)")
    }

    /// A task came into being.
    func checkBeginning(of task: ECSTask, _ service: Service) {
        let place = service.deployments.firstIndex { $0.id == task.deployment }
        expect(
            place != nil, "new tasks are of a current deployment",
            "\(service.name): task \(task.id)")
        guard let place else { return }
        let deployment = service.deployments[place]
        expect(
            deployment.rolloutState != .failed, "a failed deployment launches nothing",
            "\(service.name): task \(task.id) of \(deployment.id)")
        if place > 0 {
            let live = state.outlines(of: service.id).values.count {
                $0.deployment == deployment.id && $0.desiredStatus == .running
                    && !($0.hasHealthCheck && $0.health == .unhealthy)
            }
            expect(
                live <= deployment.tally.held,
                "an older deployment has no more tasks than when it was PRIMARY",
                "\(service.name): \(live) of \(deployment.tally.held)")
        }
        guard service.schedulingStrategy == .daemon else { return }
        let there = state.liveTasks(on: task.instance).count { $0.service == service.id }
        expect(
            there == 1, "a DAEMON service has one task on an instance",
            "\(service.name): \(there) on \(task.instance)")
    }
}
