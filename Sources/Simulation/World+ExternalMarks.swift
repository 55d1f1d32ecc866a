import ClusterState
import HashTreeCollections
import Model

/// Which marks of capacity providers and of task sets a run comes to.
extension World {
    /// Before the checker takes the records.
    func observeExternals(_ records: [ChangeRecord]) {
        for record in records { observeExternal(record) }
    }

    private func observeExternal(_ record: ChangeRecord) {
        switch record.change {
        case .service(let service):
            guard let old = checker.state.services[service.id] else { return }
            if old.capacityProviderStrategy != service.capacityProviderStrategy {
                reach(.strategyChanged)
            }
            observeTaskSets(of: service, before: old)
            observeDivision(of: service)
        case .task(let task): observeProvider(of: task)
        case .serviceEvent(let event):
            guard let service = checker.state.services[event.service],
                service.capacityProviderStrategy?.isEmpty == false,
                event.message.contains("unable to place")
            else { return }
            reach(.groupLacked)
        default: return
        }
    }

    private func observeTaskSets(of service: Service, before old: Service) {
        for set in service.taskSets {
            guard let was = old.taskSets.first(where: { $0.id == set.id }) else { continue }
            if set.isSteady, !was.isSteady { reach(.taskSetSteady) }
            if set.isPrimary, !was.isPrimary, old.taskSets.contains(where: \.isPrimary) {
                reach(.taskSetReplaced)
            }
            if set.scale < was.scale { reach(.taskSetScaledIn) }
            guard set.isDraining, !was.isDraining else { continue }
            let tasks = checker.state.liveTasks(of: service.id)
            if tasks.contains(where: { $0.deployment == set.id }) {
                reach(.taskSetDeletedWithTasks)
            }
        }
        if service.taskSets.count < old.taskSets.count { reach(.taskSetGone) }
    }

    private func observeDivision(of service: Service) {
        guard service.capacityProviderStrategy?.isEmpty == false, service.deployments.count == 1,
            service.deployments[0].rolloutState == .completed
        else { return }
        let names = checker.state.outlines(of: service.id).values.map(\.capacityProvider)
        if Set(names).count > 1 { reach(.dividedOverProviders) }
    }

    private func observeProvider(of task: ECSTask) {
        if task.version == 1, task.capacityProvider != nil { reach(.taskOfProvider) }
        guard task.stopCode == .terminationNotice,
            let service = task.service.flatMap({ checker.state.services[$0] }),
            service.controller == .external, service.taskSets.contains(where: \.isPrimary)
        else { return }
        reach(.lostUnderTaskSet)
    }
}
