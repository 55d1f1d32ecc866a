import ClusterState
import HashTreeCollections
import HeapModule
import Model
import OrderedCollections
import Rollout

/// Something to look at when its time has come.
struct Timer: Comparable, Sendable {
    enum Kind: Hashable, Sendable {
        case reconcile(ServiceID)
        case provedHealthy(TaskID)
        case provedStable(TaskID)
        case provedLasting(TaskID)
        case holdEnds(ClusterID)
        case joinTokenEnds(JoinTokenID)
        case certificateEnds(WorkerID)
        case surelyStopped(TaskID)
        case protectionEnds(TaskID)
        case balance(ClusterID)
    }

    var due: Instant
    /// Settles ties, so that timers fire in the order they were set.
    var order: UInt64
    var kind: Kind

    static func < (left: Timer, right: Timer) -> Bool {
        (left.due, left.order) < (right.due, right.order)
    }
}

/// The times that ``LaunchThrottle`` names.
enum LaunchTiming {
    static let stableAfter = LaunchThrottle.stableAfter
}

extension ManagerCore {
    mutating func schedule(_ kind: Timer.Kind, after delay: Duration) {
        timerOrder += 1
        timers.insert(Timer(due: now.monotonic + delay, order: timerOrder, kind: kind))
        timersMost = max(timersMost, timers.count)
    }

    mutating func fireTimers() {
        while let timer = timers.min, timer.due <= now.monotonic {
            timers.removeMin()
            switch timer.kind {
            case .reconcile(let service): dirty.append(service)
            case .provedHealthy(let task): provedHealthy(task)
            case .provedStable(let task): provedStable(task)
            case .provedLasting(let task): provedLasting(task)
            case .holdEnds(let cluster): holdIsDue(of: cluster)
            case .joinTokenEnds(let token): joinTokenIsDue(token)
            case .certificateEnds(let worker): certificateIsDue(of: worker)
            case .surelyStopped(let task): surelyStoppedIsDue(task)
            case .protectionEnds(let task): protectionIsDue(of: task)
            case .balance(let cluster): balanceIsDue(of: cluster)
            }
        }
        giveBackRoom()
        fireSteadyAgain()
        forgetRetired()
    }

    /// What a million tasks that start together need for a moment is not kept for the next time.
    private mutating func giveBackRoom() {
        if timers.isSparse(timersMost) {
            timers = Heap(timers.unordered.map { $0 })
            timersMost = timers.count
        }
        if runningSince.isSparse(runningSince.capacity) {
            let left = Array(runningSince)
            runningSince = Dictionary(minimumCapacity: left.count)
            for (task, since) in left { runningSince[task] = since }
        }
    }

    /// The task ran long enough to count for its deployment.
    private mutating func provedHealthy(_ id: TaskID) {
        if isHealthLast { runningSince[id] = nil }
        guard let task = state.tasks[id], task.lastStatus == .running, let service = task.service
        else { return }
        dirty.append(service)
        guard let deployment = task.deployment else { return }
        cause = "task healthy"
        let isHealthy = !task.hasHealthCheck || task.health == .healthy
        updateBreaker(of: deployment, service) { breaker in
            if isHealthy { breaker.taskRan() } else { breaker.taskStayed() }
        }
    }

    /// The task ran long enough to say that its deployment's tasks can run.
    private mutating func provedStable(_ id: TaskID) {
        guard let since = runningSince[id] else { return }
        runningSince[id] = isHealthLast ? since : nil
        guard let task = state.tasks[id], let service = task.service,
            let deployment = task.deployment
        else { return }
        guard throttles.removeValue(forKey: deployment) != nil else { return }
        cause = "task stable"
        dirty.append(service)
        update(service) { service in
            guard let index = service.deployments.firstIndex(where: { $0.id == deployment })
            else { return }
            service.deployments[index].nextStartAt = nil
        }
    }

    /// Whether a task is stable before it counts as healthy. ``runningSince`` is kept until both:
    /// what is not in it ran for longer.
    private var isHealthLast: Bool { settings.healthyAfter > LaunchTiming.stableAfter }

    /// The task ran for longer than those that are said to crash.
    private mutating func provedLasting(_ id: TaskID) {
        guard crashWatch.remove(id) != nil, let task = state.tasks[id],
            let service = task.service, let deployment = task.deployment
        else { return }
        cause = "task lasted"
        dirty.append(service)
        updateBreaker(of: deployment, service) { $0.taskLasted() }
    }
}

extension Heap {
    /// Whether it once had much more than it has.
    fileprivate func isSparse(_ most: Int) -> Bool { most > 4_096 && count < most / 4 }
}

extension Dictionary {
    /// Whether it has room for much more than it has.
    fileprivate func isSparse(_ most: Int) -> Bool { most > 4_096 && count < most / 4 }
}
