import ClusterState
import HashTreeCollections
import HeapModule
import Model
import OrderedCollections

/// Something that is over and stays visible for a time.
struct Retirement: Comparable, Sendable {
    enum Object: Hashable, Sendable {
        case task(TaskID)
        case service(ServiceID)
        case instance(InstanceID)
        case cluster(ClusterID)
        case capacityProvider(CapacityProviderReference)
    }

    var due: Instant
    var order: UInt64
    var object: Object

    static func < (left: Retirement, right: Retirement) -> Bool {
        (left.due, left.order) < (right.due, right.order)
    }
}

extension ManagerCore {
    /// Starts the time for which an object that is over stays visible.
    mutating func retire(_ object: Retirement.Object) {
        timerOrder += 1
        let delay = max(settings.retention, .seconds(1))
        let retirement = Retirement(
            due: now.monotonic + delay, order: timerOrder, object: object)
        if case .task = object {
            retiredTasks.insert(retirement)
        } else {
            retirements.insert(retirement)
        }
    }

    /// Removes what has been visible long enough, a bounded number a step: the next is due at once.
    mutating func forgetRetired() {
        forgetRetiredTasks()
        var left = ManagerSettings.removalsPerStepMaximum
        while left > 0, let retirement = retirements.min, retirement.due <= now.monotonic {
            retirements.removeMin()
            left -= 1
            forget(retirement.object)
        }
    }

    /// Stopped tasks go when their time has come, or when there are more than may be kept.
    private mutating func forgetRetiredTasks() {
        var early = 0
        var left = ManagerSettings.removalsPerStepMaximum
        while left > 0, let retirement = retiredTasks.min {
            let isDue = retirement.due <= now.monotonic
            guard isDue || retiredTasks.count > settings.retainedTasksMaximum else { break }
            retiredTasks.removeMin()
            left -= 1
            if !isDue { early += 1 }
            forget(retirement.object)
        }
        if early > 0 {
            notice(
                .warning, "stopped tasks forgotten before their time",
                ["count": "\(early)", "kept": "\(settings.retainedTasksMaximum)"])
        }
    }

    /// An object that others still lean on stays.
    private mutating func forget(_ object: Retirement.Object) {
        cause = "retention"
        switch object {
        case .task(let id):
            if state.tasks[id] != nil { record(.removeTask(id)) }
        case .service(let id):
            forget(id)
        case .instance(let id):
            guard state.instances[id]?.status == .inactive else { return }
            // While its agent still speaks, forgetting it would let it join as a new instance.
            let isFree = sessions[id] == nil && !state.hasTasks(on: id)
            isFree ? record(.removeInstance(id)) : retire(.instance(id))
            if isFree { forgetRun(of: id) }
        case .cluster(let id):
            forget(id)
        case .capacityProvider(let reference):
            guard state.capacityProviders[reference]?.status == .inactive else { return }
            record(.removeCapacityProvider(reference))
        }
    }

    /// What only this run knows of an instance.
    private mutating func forgetRun(of id: InstanceID) {
        quietSince[id] = nil
        if let agent = agents.removeValue(forKey: id) { attempts[agent] = nil }
    }

    private mutating func forget(_ id: ServiceID) {
        guard state.services[id]?.status == .inactive else { return }
        guard state.tasks(of: id).isEmpty else { return retire(.service(id)) }
        forgetHistory(of: id)
        record(.removeService(id))
    }

    private mutating func forget(_ id: ClusterID) {
        guard state.clusters[id]?.status == .inactive else { return }
        let isEmpty =
            state.tasks(of: id).isEmpty && state.services(of: id).isEmpty
            && state.instances(of: id).isEmpty
        isEmpty ? record(.removeCluster(id)) : retire(.cluster(id))
    }
}
