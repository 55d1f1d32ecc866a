import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement

/// The only ways in which the core changes its state.
extension ManagerCore {
    /// Applies a change and hands it to the journal.
    mutating func record(_ change: Change) {
        if case .removeInstance(let id) = change, let cluster = state.instances[id]?.cluster {
            boards[cluster]?.remove(id)
        }
        let record = ChangeRecord(
            revision: state.revision + 1, time: now.wall, cause: cause, change: change)
        state.apply(record)
        effects.records.append(record)
        switch change {
        case .instance(let instance):
            let isReached = isReached(instance.id)
            boards[instance.cluster, default: Board()].put(instance, isReached: isReached)
        case .removeCluster(let id): boards[id] = nil
        default: break
        }
    }

    mutating func update(_ id: ServiceID, _ body: (inout Service) -> Void) {
        guard var service = state.services[id] else { return }
        let old = service
        body(&service)
        if service != old { record(.service(service)) }
    }

    mutating func update(_ id: InstanceID, _ body: (inout ContainerInstance) -> Void) {
        guard var instance = state.instances[id] else { return }
        let old = instance
        body(&instance)
        guard instance != old else { return }
        instance.version += 1
        record(.instance(instance))
    }

    /// Changes a task and sees to what follows from it: its worker hears of a new wish, its service
    /// is looked at again, who waited for room gets another chance.
    mutating func update(_ id: TaskID, _ body: (inout ECSTask) -> Void) {
        guard var task = state.tasks[id] else { return }
        let old = task
        body(&task)
        guard task != old else { return }
        task.version += 1
        record(.task(task))
        move(old, to: task)
        if let service = task.service { dirty.append(service) }
        if task.lastStatus == .stopped, old.lastStatus != .stopped {
            runningSince[id] = nil
            awaitedEnds[id] = nil
            crashWatch.remove(id)
            healthNumbers[id] = nil
            retire(.task(id))
            roomAppeared(in: task.cluster)
            // Those of daemons go when they are the last.
            if !state.isActive(task.instance) { reconsiderDaemons(of: task.cluster) }
            assign(.forget(id), to: task.instance)
        } else if task.desiredStatus != old.desiredStatus {
            assign(task)
        }
        if task.lastStatus == .running, old.lastStatus < .running {
            runningSince[id] = now.monotonic
            schedule(.provedHealthy(id), after: settings.healthyAfter)
            schedule(.provedStable(id), after: LaunchTiming.stableAfter)
            watchForCrash(of: task)
        }
    }

    /// Services that could not place a task try again.
    mutating func roomAppeared(in cluster: ClusterID) {
        for service in starved.keys where state.services[service]?.cluster == cluster {
            dirty.append(service)
        }
    }

    /// What is known of an instance changed: services with tasks there may have to act.
    mutating func reconsiderServices(on instance: InstanceID) {
        for task in state.liveTasks(on: instance) {
            if let service = task.service { dirty.append(service) }
        }
        if let cluster = state.instances[instance]?.cluster {
            reconsiderDaemons(of: cluster)
            reconsiderBalance(of: cluster)
        }
    }

    mutating func notice(
        _ level: Notice.Level, _ message: String, _ details: KeyValuePairs<String, String> = [:]
    ) {
        effects.notices.append(
            Notice(
                level: level, message: message,
                details: details.map { Notice.Detail(name: $0.key, value: $0.value) }))
    }
}
