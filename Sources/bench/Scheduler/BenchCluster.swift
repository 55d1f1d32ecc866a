import ClusterState
import HashTreeCollections
import ManagerCore
import Model

/// A manager's core with a cluster of connected instances, driven as its shell drives it.
struct BenchCluster {
    var core: ManagerCore
    /// By the order in which they registered.
    private(set) var instances: [InstanceID] = []
    private(set) var sessions: [SessionID] = []
    /// The effects of the last step.
    private(set) var effects = EffectBuffer()
    private var calls: UInt64 = 0
    private var now = Moment(monotonic: .zero, wall: WallTime(milliseconds: 1_700_000_000_000))

    /// What each instance has.
    static let room = Resources(cpu: 64 << 10, memory: 256 << 10)
    /// What each task needs.
    static let need = Resources(cpu: 64, memory: 128)
    static let zones = 3

    /// Civil time of the last step.
    var wall: WallTime { now.wall }

    /// Where the records of each step go, if anywhere.
    private let journal: BenchJournal?

    init(
        instances count: Int, room: Resources = Self.room, journal: BenchJournal? = nil
    ) throws {
        self.journal = journal
        var settings = ManagerSettings()
        settings.instancesPerClusterMaximum = max(count, settings.instancesPerClusterMaximum)
        var effects = EffectBuffer()
        core = ManagerCore(
            recovered: ClusterState(), settings: settings, seed: 1, at: now, into: &effects)
        var random = SeededRandom(seed: 2)
        for first in stride(from: 0, to: count, by: 1_000) {
            try step(
                (first..<min(first + 1_000, count)).map { number in
                    .register(
                        call(),
                        Registration(
                            name: "worker-\(number)", cluster: "default",
                            agent: random.identifier(), resources: room,
                            attributes: [Self.zone(number)]))
                })
            for reply in self.effects.workerReplies {
                guard case .success(.registered(let registered)) = reply.result else {
                    throw BenchError("a worker was refused: \(reply.result)")
                }
                instances.append(registered.instance)
                sessions.append(registered.session)
            }
        }
    }

    static func zone(_ number: Int) -> Attribute {
        Attribute(name: "ecs.availability-zone", value: "zone-\(number % zones)")
    }

    /// An instance as it registers.
    static func instance(_ number: Int, _ random: inout SeededRandom) -> ContainerInstance {
        ContainerInstance(
            id: random.identifier(), cluster: ClusterID(high: 0, low: 1), name: "worker-\(number)",
            registered: room, attributes: [zone(number)], registeredAt: WallTime(milliseconds: 0))
    }

    mutating func call() -> CallID {
        calls += 1
        return CallID(number: calls)
    }

    mutating func step(_ events: [Event], after delay: Duration = .milliseconds(1)) throws {
        now.monotonic = now.monotonic + delay
        now.wall = WallTime(milliseconds: now.wall.milliseconds + delay.milliseconds)
        effects = EffectBuffer()
        core.step(events, at: now, into: &effects)
        if let journal, !effects.records.isEmpty { try journal.append(effects.records) }
    }

    /// Carries a command out and throws if it was refused.
    mutating func perform(_ command: Command) throws {
        try step([.command(call(), command)])
        for reply in effects.replies {
            if case .failure(let error) = reply.result { throw BenchError("\(error)") }
        }
    }

    mutating func register(family: String) throws {
        try perform(
            .registerTaskDefinition(
                RegisterTaskDefinition(
                    region: "us-east-1", family: family,
                    containers: [
                        ContainerDefinition(
                            name: "main", image: "registry.example.com/team/service:1.0",
                            cpu: Self.need.cpu, memory: Self.need.memory)
                    ])))
    }

    static let cluster = ClusterReference(region: "us-east-1", name: "default")

    func service(_ name: String, of family: String, desired: Int) -> Event {
        .command(
            CallID(number: .max),
            .createService(
                CreateService(
                    service: ServiceReference(cluster: Self.cluster, name: name),
                    taskDefinition: TaskDefinitionReference(
                        region: "us-east-1", family: family, revision: nil),
                    desiredCount: desired)))
    }
}

extension BenchCluster {
    /// Makes services of as many tasks each, one after another, and places their tasks.
    mutating func place(services: Int, tasksEach: Int) throws {
        for number in 0..<services {
            try step([service("service-\(number)", of: "family-\(number)", desired: tasksEach)])
            while core.isCutShort { try step([.tick], after: .zero) }
        }
    }

    mutating func registerFamilies(_ count: Int) throws {
        for number in 0..<count { try register(family: "family-\(number)") }
    }

    /// Every task reports that it runs, and has run for long enough to count as stable.
    mutating func runAll() throws {
        let workers = Array(zip(instances, sessions))
        for first in stride(from: 0, to: workers.count, by: 500) {
            let events = workers[first..<min(first + 500, workers.count)].map { worker in
                Event.report(
                    call(), worker.1,
                    core.state.liveTasks(on: worker.0).map { Self.report($0, .running) })
            }
            try step(events, after: .zero)
        }
        for _ in 0..<2 { try step([.tick], after: .seconds(15)) }
    }

    static func report(_ task: ECSTask, _ status: TaskStatus) -> TaskReport {
        TaskReport(
            task: task.id, status: status,
            containers: task.containers.map {
                ContainerReport(
                    name: $0.name, status: status == .stopped ? .stopped : .running,
                    exitCode: status == .stopped ? 1 : nil, runtimeID: "\($0.id)")
            }, stopCode: status == .stopped ? .essentialContainerExited : nil)
    }

    /// Throws unless every service has its tasks, none of the instances holds more than it has,
    /// and each service is spread evenly over zones and over instances.
    func check(services: Int, tasksEach: Int) throws {
        var placed = 0
        for service in core.state.services.values {
            var perInstance: [InstanceID: Int] = [:]
            var perZone: [String: Int] = [:]
            for outline in core.state.outlines(of: service.id).values
            where outline.desiredStatus == .running {
                perInstance[outline.instance, default: 0] += 1
                let zone = core.state.instances[outline.instance]?.attributes.first?.value
                perZone[zone ?? "", default: 0] += 1
                placed += 1
            }
            let skew = (perInstance.values.max() ?? 0) - tasksEach / instances.count
            let zoneSkew = (perZone.values.max() ?? 0) - (perZone.values.min() ?? 0)
            guard skew <= 1, zoneSkew <= 1, perZone.count == min(Self.zones, tasksEach) else {
                throw BenchError("\(service.name) is not spread evenly: \(perZone), skew \(skew)")
            }
        }
        guard placed == services * tasksEach else {
            throw BenchError("\(placed) tasks are placed, not \(services * tasksEach)")
        }
        for instance in core.state.instances.values {
            let used = core.state.usage(of: instance.id)
            guard used.cpu <= instance.registered.cpu, used.memory <= instance.registered.memory
            else { throw BenchError("\(instance.name) holds more than it has") }
        }
    }
}
