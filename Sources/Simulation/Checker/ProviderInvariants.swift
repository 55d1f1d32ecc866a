import ClusterState
import HashTreeCollections
import Model

/// Tasks that were placed while their service's base lacked some: rightly, if the service said that
/// it found no place. It does so with the same batch.
struct BaseWatch {
    var doubts: [(service: ServiceID, text: String)] = []
}

/// A task that is for a capacity provider lives in its group, and the provider is one that the
/// service's strategy gives tasks to.
extension Checker {
    func checkProvider(_ record: ChangeRecord, _ before: ClusterState) {
        guard case .task(let task) = record.change, before.tasks[task.id] == nil,
            let instance = state.instances[task.instance]
        else { return }
        let service = task.service.flatMap { state.services[$0] }
        let strategy = service?.capacityProviderStrategy ?? []
        guard let name = task.capacityProvider else {
            return expect(
                strategy.isEmpty, "a service with a strategy has tasks of its providers",
                "\(service?.name ?? ""): task \(task.id) is of none")
        }
        let group = state.capacityProviders.values.first { $0.reference.name == name }?.group
        let place = instance.attributes.first { $0.name == CapacityProvider.groupAttribute }?.value
        expect(
            group != nil && group == place, "a provider's tasks are in its group",
            "task \(task.id) of \(name) is on \(instance.name) of \(place ?? "no group")")
        guard service != nil else { return }
        let share = strategy.first { $0.provider == name }
        expect(
            share.map { $0.weight > 0 || $0.base > 0 } ?? false,
            "a provider without a part gets no task", "task \(task.id) of \(name)")
        checkBase(of: task, strategy)
    }

    /// As long as a base lacks tasks, no other provider gets one.
    private func checkBase(of task: ECSTask, _ strategy: [CapacityProviderShare]) {
        guard let based = strategy.first(where: { $0.base > 0 }), let service = task.service,
            task.capacityProvider != based.provider
        else { return }
        let own = state.outlines(of: service).values.filter {
            $0.deployment == task.deployment && $0.desiredStatus == .running
        }
        let there = own.count { $0.capacityProvider == based.provider }
        guard there < based.base else { return }
        bases.doubts.append(
            (
                service,
                "task \(task.id) of \(task.capacityProvider ?? ""), \(based.provider) has \(there)"
            ))
    }

    /// One of the base that found no place left its turn to the others.
    func checkDoubts() {
        for (service, text) in bases.doubts {
            let isStarved = state.events(of: service).contains {
                $0.message.contains("was unable to place a task")
            }
            expect(isStarved, "the base comes first", text)
        }
        bases.doubts = []
    }
}
