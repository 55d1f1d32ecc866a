import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
public import Simulation

/// Folds what is seen of a cluster into a ``Timeline``.
///
/// A task counts as up while the manager knows it RUNNING and, where containers are seen
/// themselves, its essential ones live on a host that does not stand still.
public struct Recorder {
    private(set) var state = ClusterState()
    private(set) var now: Int64 = 0
    private var healedAt: Int64?
    private var tracks: OrderedDictionary<ServiceID, Track> = [:]
    var lanes: OrderedDictionary<String, Lane> = [:]
    var containers = ContainerBook()
    /// By worker, until when it stands still.
    private var stalled: [String: Int64] = [:]
    /// Why what changes now changes.
    private var cause = ""
    /// The task whose end is the cause, of which more may become known.
    private var causeTask: TaskID?

    struct Track {
        var track: ServiceTrack
        var up: Set<TaskID> = []
        var deployment: DeploymentID?
        var isRolledOut = false
        /// Tasks whose loss was counted.
        var taken: Set<TaskID> = []
        /// Samples whose cause a task's own last words make clearer.
        var unexplained: [TaskID: Int] = [:]
    }

    public init() {}

    public mutating func take(_ sighting: Sighting, at time: Int64) {
        advance(to: time)
        causeTask = nil
        switch sighting {
        case .history(let records): for record in records { take(record) }
        case .containerStarted(let name, let worker):
            containers.started(name, on: worker)
        case .containerEnded(let name, let worker): ended(name, worker)
        case .fault(let kind, let place, let until): take(kind, place, until)
        case .healed:
            healedAt = now
            healLanes()
        }
    }

    /// What was seen, as of a moment.
    public func timeline(end: Int64) -> Timeline {
        var copy = self
        copy.advance(to: end)
        var timeline = Timeline(start: 0, end: copy.now)
        timeline.healedAt = healedAt
        timeline.services = copy.tracks.values.map(\.track)
        timeline.lanes = copy.closedLanes(at: copy.now)
        timeline.duplicates = containers.duplicates
        timeline.leftovers = copy.containers.leftovers(at: copy.now)
        timeline.sawContainers = containers.sawAny
        return timeline
    }

    // MARK: Time

    /// Time never goes back here, whatever a real manager's civil clock did.
    private mutating func advance(to time: Int64) {
        for (worker, until) in stalled.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
        where until <= time {
            now = max(now, until)
            stalled[worker] = nil
            cause = "\(worker) went on"
            weighAll(on: worker)
        }
        now = max(now, time)
    }

    // MARK: What is seen beside the history

    private mutating func ended(_ name: ContainerName, _ worker: String) {
        guard containers.ended(name, at: now), let task = state.tasks[name.task] else { return }
        let definition = state.definitions[task.definition]?.containers
            .first { $0.name == name.container }
        guard definition?.essential ?? true else { return }
        containers.down.insert(task.id)
        if lanes[worker]?.bands.last.map({ $0.kind == .down && $0.end > now }) == true {
            cause = "\(worker) lost power"
        } else {
            cause = "container \(name.container) ended on \(worker)"
            causeTask = task.id
        }
        weigh(task.id)
    }

    private mutating func take(_ kind: FaultKind, _ place: Sighting.Place, _ until: Int64) {
        note(kind, place, until: until)
        guard case .worker(let worker) = place else { return }
        switch kind {
        case .powerLoss:
            stalled[worker] = nil
            countLosses(on: worker)
        case .hostPause:
            stalled[worker] = max(stalled[worker] ?? 0, until)
            cause = "\(worker) stood still"
            weighAll(on: worker)
        default: return
        }
    }

    // MARK: The history

    private mutating func take(_ record: ChangeRecord) {
        cause = record.cause
        switch record.change {
        case .instance(let instance): take(instance, record)
        case .service(let service):
            state.apply(record)
            take(service)
        case .task(let task): take(task, record)
        case .removeTask(let id):
            if let service = state.tasks[id]?.service { tracks[service]?.up.remove(id) }
            state.apply(record)
        default: state.apply(record)
        }
    }

    private mutating func take(_ instance: ContainerInstance, _ record: ChangeRecord) {
        let wasConnected = state.instances[instance.id]?.agentConnected
        state.apply(record)
        switch (wasConnected, instance.agentConnected) {
        case (true, false):
            beginLost(instance.name)
            cause = lostText(instance.name)
            if record.cause == "lease expired" { countLosses(on: instance.name) }
        case (nil, _), (false, true): endLost(instance.name)
        default: return
        }
        for task in state.liveTasks(on: instance.id) { weigh(task.id) }
    }

    private mutating func take(_ service: Service) {
        var track = tracks[service.id] ?? Track(track: ServiceTrack(name: service.name))
        if let first = service.deployments.first {
            let name = "\(first.taskDefinition.family):\(first.taskDefinition.revision)"
            if track.deployment != first.id {
                track.track.rollouts.append(.init(time: now, text: name, isEnd: false))
                track.deployment = first.id
                track.isRolledOut = false
            }
            if first.rolloutState == .completed, !track.isRolledOut {
                track.track.rollouts.append(.init(time: now, text: name, isEnd: true))
                track.isRolledOut = true
            }
        }
        if service.status == .inactive, track.track.end == nil { track.track.end = now }
        tracks[service.id] = track
        cause = "its desired count became \(service.desiredCount)"
        sample(service.id)
    }

    private mutating func take(_ task: ECSTask, _ record: ChangeRecord) {
        state.apply(record)
        if task.lastStatus == .stopped { containers.gaveUp(task.id, at: now) }
        if task.lastStatus > .running || task.desiredStatus == .stopped {
            let reason = task.containers.compactMap(\.reason).first ?? task.stoppedReason
            let worker = state.instances[task.instance]?.name ?? "a worker"
            let text =
                "task \(task.id.description.prefix(8)) on \(worker) stopped: "
                + (reason ?? "no reason given")
            cause = record.cause == "lease expired" ? lostText(worker) : text
            if let service = task.service,
                let sample = tracks[service]?.unexplained.removeValue(forKey: task.id)
            {
                tracks[service]?.track.samples[sample].cause = text
            }
        }
        weigh(task.id)
    }

    // MARK: Counting

    private mutating func countLosses(on worker: String) {
        for instance in state.instances.values.sorted(by: { $0.id < $1.id })
        where instance.name == worker {
            var lost: OrderedDictionary<ServiceID, Int> = [:]
            for task in state.liveTasks(on: instance.id) where task.desiredStatus == .running {
                guard let service = task.service, tracks[service]?.taken.contains(task.id) == false
                else { continue }
                tracks[service]?.taken.insert(task.id)
                lost[service, default: 0] += 1
            }
            for (service, tasks) in lost {
                tracks[service]?.track.losses.append(
                    .init(time: now, worker: worker, tasks: tasks))
            }
        }
    }

    private mutating func weighAll(on worker: String) {
        for instance in state.instances.values.sorted(by: { $0.id < $1.id })
        where instance.name == worker {
            for task in state.liveTasks(on: instance.id) { weigh(task.id) }
        }
    }

    private func isUp(_ task: ECSTask) -> Bool {
        guard task.lastStatus == .running, !containers.down.contains(task.id) else { return false }
        let instance = state.instances[task.instance]
        guard task.desiredStatus == .running || instance?.agentConnected == true else {
            return false
        }
        return instance.map { stalled[$0.name] == nil } ?? true
    }

    /// Looks anew whether a task is up.
    private mutating func weigh(_ id: TaskID) {
        guard let task = state.tasks[id], let service = task.service, tracks[service] != nil else {
            return
        }
        let wasUp = tracks[service]?.up.contains(id) == true
        guard isUp(task) != wasUp else { return }
        if wasUp { tracks[service]?.up.remove(id) } else { tracks[service]?.up.insert(id) }
        sample(service)
    }

    private mutating func sample(_ id: ServiceID) {
        guard let service = state.services[id], var track = tracks[id] else { return }
        let percent = service.deploymentConfiguration.minimumHealthyPercent
        var sample = ServiceTrack.Sample(
            time: now, running: track.up.count, desired: service.desiredCount,
            minimum: (service.desiredCount * percent + 99) / 100, cause: cause)
        let last = track.track.samples.last
        if let last, last.time == now {
            let isWorse = sample.running < last.running || sample.desired > last.desired
            if !isWorse { sample.cause = last.cause }
            track.track.samples[track.track.samples.count - 1] = sample
        } else if last?.running != sample.running || last?.desired != sample.desired
            || last?.minimum != sample.minimum
        {
            track.track.samples.append(sample)
        }
        if let causeTask { track.unexplained[causeTask] = track.track.samples.count - 1 }
        tracks[id] = track
    }
}
