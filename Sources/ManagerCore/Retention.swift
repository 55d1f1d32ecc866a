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
        retirements.insert(
            Retirement(due: now.monotonic + delay, order: timerOrder, object: object))
    }

    /// Removes what has been visible long enough. An object that others still lean on stays.
    mutating func forgetRetired() {
        var early = 0
        while let retirement = retirements.min {
            if retirement.due > now.monotonic {
                guard case .task = retirement.object,
                    retirements.count > settings.retainedTasksMaximum
                else { break }
                early += 1
            }
            retirements.removeMin()
            cause = "retention"
            switch retirement.object {
            case .task(let id):
                if state.tasks[id] != nil { record(.removeTask(id)) }
            case .service(let id):
                forget(id)
            case .instance(let id):
                guard state.instances[id]?.status == .inactive else { continue }
                // While its agent still speaks, forgetting it would let it join as a new instance.
                let isFree = sessions[id] == nil && !state.hasTasks(on: id)
                isFree ? record(.removeInstance(id)) : retire(.instance(id))
            case .cluster(let id):
                forget(id)
            }
        }
        if early > 0 {
            notice(
                .warning, "stopped tasks forgotten before their time",
                ["count": "\(early)", "kept": "\(settings.retainedTasksMaximum)"])
        }
    }

    private mutating func forget(_ id: ServiceID) {
        guard state.services[id]?.status == .inactive else { return }
        state.tasks(of: id).isEmpty ? record(.removeService(id)) : retire(.service(id))
    }

    private mutating func forget(_ id: ClusterID) {
        guard state.clusters[id]?.status == .inactive else { return }
        let isEmpty =
            state.tasks(of: id).isEmpty && state.services(of: id).isEmpty
            && state.instances(of: id).isEmpty
        isEmpty ? record(.removeCluster(id)) : retire(.cluster(id))
    }
}
