import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// Tasks that must not live twice, as they were placed.
struct LoneWatch {
    struct Placement {
        var service: ServiceID?
        /// The part of an EXTERNAL service, each of which has copies of its own.
        var set: DeploymentID?
        /// How many copies its service might have then, itself among them; `nil` where it has one
        /// on each instance, and gives none of them to another.
        var copies: Int?
        var revision: UInt64
        var longestStop: Int64
    }

    var placements: [TaskID: Placement] = [:]
    /// When each worker's host last stood still, and went on: its containers did not run to end.
    var thawedAt: [Int: Int64] = [:]
}

/// With `muster:on-lost=stop` a task is over before another takes its place, wherever they are.
///
/// A host that is frozen as a whole can't end anything; what it holds counts again when it had the
/// time to since it went on.
extension Checker {
    func workerFrozen(_ worker: Int, until time: Int64) {
        lone.thawedAt[worker] = max(lone.thawedAt[worker] ?? 0, time)
    }

    /// Takes note of a new task, before it is applied.
    func notePlacement(of task: ECSTask, in record: ChangeRecord) {
        guard task.onLost == .stop else { return }
        let service = task.service.flatMap { state.services[$0] }
        var copies: Int? = 1
        if let service {
            let upper = service.desiredCount * service.deploymentConfiguration.maximumPercent / 100
            copies = service.schedulingStrategy == .daemon ? nil : upper
            if service.controller == .external {
                copies = most(of: service.taskSets.first { $0.id == task.deployment }, service)
            }
        }
        let stop = OnLost.surelyStopped(
            state.definitions[task.definition]?.containers ?? [], lease: .zero)
        lone.placements[task.id] = LoneWatch.Placement(
            service: task.service,
            set: service?.controller == .external ? task.deployment : nil, copies: copies,
            revision: record.revision,
            longestStop: stop.milliseconds)
    }

    private func isExcused(_ worker: Int, _ placement: LoneWatch.Placement) -> Bool {
        lone.thawedAt[worker].map { now < $0 + placement.longestStop } ?? false
    }

    /// What the manager takes for over is over.
    func checkEnd(of task: ECSTask) {
        guard task.lastStatus == .stopped, let placement = lone.placements[task.id] else { return }
        let left = containers.live.first { name, worker in
            name.task == task.id && !isExcused(worker, placement)
        }
        expect(
            left == nil, "what must not live twice is over before it is replaced",
            "task \(task.id) is STOPPED, its container goes on on worker \(left?.value ?? 0)")
    }

    /// A container of a task started: no more copies live than there might be when the newest of
    /// them was placed.
    func checkCopies(of id: TaskID) {
        guard let placement = lone.placements[id] else { return }
        if let task = state.tasks[id] { checkEnd(of: task) }
        guard let service = placement.service else { return }
        var copies: Set<TaskID> = []
        for (name, worker) in containers.live {
            guard let other = lone.placements[name.task], other.service == service,
                other.set == placement.set, !isExcused(worker, other)
            else { continue }
            copies.insert(name.task)
        }
        let newest = copies.compactMap { lone.placements[$0] }.max { $0.revision < $1.revision }
        guard let most = newest?.copies else { return }
        expect(
            copies.count <= most, "what must not live twice does not",
            "\(copies.count) copies live, of \(most) that may, as task \(id) starts")
    }
}
