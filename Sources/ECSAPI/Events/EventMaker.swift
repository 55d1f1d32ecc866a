public import ClusterState
import HashTreeCollections
import Model

/// Makes the events that changes are worth: the same events of the same changes, whether they
/// happen now or are read back.
///
/// It folds the changes into a state of its own, because an event shows what an object was with
/// that very change, and a deployment's is worth one only where it differs from what was before.
public struct EventMaker: Sendable {
    /// That of the newest change taken.
    public private(set) var state: ClusterState
    private let account: String

    /// - Parameters:
    ///   - account: The 12 digits that ARNs carry.
    ///   - state: That before the first change that will be taken.
    public init(account: String, state: ClusterState) {
        self.account = account
        self.state = state
    }

    /// Takes over the change that follows the newest one; gives the events it is worth, in order.
    public mutating func take(_ record: ChangeRecord) -> [ECSEvent] {
        let drafts: [EventDraft]
        switch record.change {
        case .task(let task):
            let before = state.tasks[task.id]?.version
            state.apply(record)
            drafts = before == task.version ? [] : self.drafts(of: task)
        case .instance(let instance):
            let before = state.instances[instance.id]?.version
            state.apply(record)
            drafts = before == instance.version ? [] : self.drafts(of: instance)
        case .service(let service):
            let before = state.services[service.id]
            state.apply(record)
            drafts = self.drafts(of: service, before: before)
        case .serviceEvent(let event):
            state.apply(record)
            drafts = self.drafts(of: event)
        default:
            state.apply(record)
            drafts = []
        }
        return drafts.enumerated().compactMap { index, draft in
            draft.event(
                of: record, account: account, state: state,
                cursor: EventCursor(
                    revision: record.revision, part: index + 1 < drafts.count ? index + 1 : nil))
        }
    }

    private func drafts(of task: ECSTask) -> [EventDraft] {
        guard let cluster = state.clusters[task.cluster] else { return [] }
        return [EventDraft(kind: .task, cluster: cluster, seed: task.id.seed, detail: .task(task))]
    }

    private func drafts(of instance: ContainerInstance) -> [EventDraft] {
        guard let cluster = state.clusters[instance.cluster] else { return [] }
        return [
            EventDraft(
                kind: .instance, cluster: cluster, seed: instance.id.seed,
                detail: .instance(instance))
        ]
    }

    /// Deployments whose state is another than before, the oldest first; and a number of tasks
    /// that the scheduler chose itself, which it does for daemons alone.
    private func drafts(of service: Model.Service, before: Model.Service?) -> [EventDraft] {
        guard let cluster = state.clusters[service.cluster] else { return [] }
        var drafts: [EventDraft] = service.deployments.reversed().compactMap { deployment in
            let old = before?.deployments.first { $0.id == deployment.id }
            guard old?.rolloutState != deployment.rolloutState else { return nil }
            return EventDraft(
                kind: .deployment, cluster: cluster, seed: service.id.seed,
                detail: .deployment(deployment, of: service))
        }
        if service.schedulingStrategy == .daemon, let before,
            before.desiredCount != service.desiredCount
        {
            drafts.append(
                EventDraft(
                    kind: .service, cluster: cluster, seed: service.id.seed,
                    detail: .action(.desiredCountUpdated, of: service)))
        }
        return drafts
    }

    private func drafts(of event: ServiceEvent) -> [EventDraft] {
        guard let service = state.services[event.service],
            let cluster = state.clusters[service.cluster],
            let action = ServiceAction(message: event.message, of: service.name)
        else { return [] }
        return [
            EventDraft(
                kind: .service, cluster: cluster, seed: event.id.seed,
                detail: .action(action, of: service))
        ]
    }
}

extension Identifier {
    /// Its bits, without its kind.
    var seed: Identifier<ECSEvent> { Identifier<ECSEvent>(high: high, low: low) }
}
