import Model
import Placement
import Properties
import Testing

/// What a test itself counts of each host, from what was placed there alone.
private struct Count {
    var hosts: [Scene.Host]

    mutating func take(_ ask: Scene.Ask, at host: Int) {
        hosts[host].cpu -= ask.cpu
        hosts[host].memory -= ask.memory
        hosts[host].ports.formUnion(ask.ports)
        hosts[host].tasks += 1
    }

    /// Everything that keeps a host from taking a task.
    func misfits(of host: Int, for ask: Scene.Ask) -> Set<Misfit> {
        let there = hosts[host]
        var found: Set<Misfit> = []
        if !there.isActive { found.insert(.notActive) }
        if !there.isConnected { found.insert(.agent) }
        if ask.needsDisk && !there.hasDisk { found.insert(.attribute("disk")) }
        if ask.isDistinct && ask.host == nil && there.tasks > 0 { found.insert(.distinctInstance) }
        if there.cpu - ask.cpu < 0 { found.insert(.cpu(needed: ask.cpu, free: there.cpu)) }
        if there.memory - ask.memory < 0 {
            found.insert(.memory(needed: ask.memory, free: there.memory))
        }
        for port in ask.ports.intersection(there.ports) { found.insert(.port(port, .tcp)) }
        return found
    }

    func fits(_ ask: Scene.Ask, at host: Int) -> Bool { misfits(of: host, for: ask).isEmpty }
}

/// What each instance lacked, or the one that was named.
private struct Misfits: Error, Hashable {
    var entries: [Refusal.Entry]
}

@Suite("Properties of placement")
struct PlacementProperties {
    /// Goes through a scene and looks at each answer with the count from before it.
    private static func violation(
        in scene: Scene, of judge: (Count, Scene.Ask, Result<InstanceID, Misfits>) -> String?
    ) -> String? {
        var board = Board(scene.candidates)
        var count = Count(hosts: scene.hosts)
        var random = SeededRandom(seed: scene.seed)
        for ask in scene.asks {
            for _ in 0..<ask.count {
                let result: Result<InstanceID, Misfits>
                if let host = ask.host {
                    let misfit = board.place(ask.need, on: BoardTests.id(host))
                    result =
                        misfit.map {
                            .failure(
                                Misfits(entries: [
                                    .init(instance: BoardTests.id(host), misfit: $0)
                                ]))
                        }
                        ?? .success(BoardTests.id(host))
                } else {
                    result = board.place(ask.need, using: &random).mapError { _ in
                        Misfits(entries: board.misfits(of: ask.need))
                    }
                }
                if let violation = judge(count, ask, result) { return violation }
                if case .success(let host) = result { count.take(ask, at: Int(host.low)) }
            }
        }
        return nil
    }

    private static func search(
        _ seeds: ClosedRange<UInt64> = 1...1_000,
        generate: (inout SeededRandom) -> Scene = { Scene(&$0) }, _ violation: (Scene) -> String?
    ) -> Property.Counterexample? {
        Property.search(
            seeds: seeds, generate: generate, shrink: \.smaller, violation: violation)
    }

    @Test("whatever is placed has room there: cpu, memory, host ports, and all it asks for")
    func room() {
        let found = Self.search { scene in
            Self.violation(in: scene) { count, ask, result in
                guard case .success(let id) = result else { return nil }
                let misfits = count.misfits(of: Int(id.low), for: ask)
                return misfits.isEmpty ? nil : "placed on \(id.low) in spite of \(misfits)"
            }
        }
        #expect(found == nil)
    }

    @Test("a refusal names each instance in order, with something that it does lack")
    func refusals() {
        let found = Self.search { scene in
            Self.violation(in: scene) { count, ask, result in
                guard case .failure(let refusal) = result else { return nil }
                let named = refusal.entries.map { Int($0.instance.low) }
                guard named == ask.host.map({ [$0] }) ?? Array(scene.hosts.indices) else {
                    return "it names \(named)"
                }
                for entry in refusal.entries {
                    let lacks = count.misfits(of: Int(entry.instance.low), for: ask)
                    if !lacks.contains(entry.misfit) {
                        return "\(entry.instance.low) lacks \(lacks), not \(entry.misfit)"
                    }
                }
                return nil
            }
        }
        #expect(found == nil)
    }

    @Test("the same cluster, wishes and seed give the same choices")
    func deterministic() {
        let found = Self.search(1...300) { scene in
            var answers: [[Result<InstanceID, Misfits>]] = [[], []]
            for index in answers.indices {
                _ = Self.violation(in: scene) { _, _, result in
                    answers[index].append(result)
                    return nil
                }
            }
            return answers[0] == answers[1] ? nil : "\(answers[0]) and then \(answers[1])"
        }
        #expect(found == nil)
    }

    @Test("a spread's counts differ by more than one only where there is no room to even them")
    func spread() {
        let fields = ["instanceId", "attribute:\(Need.zoneAttribute)"]
        let found = Self.search { random in
            Self.alike(&random) { .spread(fields.randomElement(using: &$0) ?? fields[0]) }
        } _: { scene in
            var last: (count: Count, ask: Scene.Ask)?
            _ = Self.violation(in: scene) { count, ask, result in
                var count = count
                if case .success(let id) = result { count.take(ask, at: Int(id.low)) }
                last = (count, ask)
                return nil
            }
            guard let (count, ask) = last else { return nil }
            let isByZone = ask.strategies == [.spread(fields[1])]
            let buckets = Dictionary(grouping: scene.hosts.indices) { host in
                isByZone ? scene.hosts[host].zone ?? "" : "\(host)"
            }
            let sizes = buckets.mapValues { $0.reduce(0) { $0 + count.hosts[$1].tasks } }
            for (small, hosts) in buckets.sorted(by: { $0.key < $1.key }) {
                let isFull = !hosts.contains { count.fits(ask, at: $0) }
                let (size, largest) = (sizes[small] ?? 0, sizes.values.max() ?? 0)
                if largest > size + 1, !isFull { return "\(small) has \(size) of \(sizes)" }
            }
            return nil
        }
        #expect(found == nil)
    }

    @Test("binpack leaves no instance aside that has less left and would fit")
    func binpack() {
        let found = Self.search { random in
            Self.alike(&random) { .binpack(Bool.random(using: &$0) ? .cpu : .memory) }
        } _: { scene in
            Self.violation(in: scene) { count, ask, result in
                guard case .success(let id) = result else { return nil }
                let left = { (host: Int) in
                    ask.strategies == [.binpack(.cpu)]
                        ? count.hosts[host].cpu : count.hosts[host].memory
                }
                let better = scene.hosts.indices.first {
                    count.fits(ask, at: $0) && left($0) < left(Int(id.low))
                }
                return better.map { "\(id.low) was taken, though \($0) has less left" }
            }
        }
        #expect(found == nil)
    }

    /// Empty hosts, all with a zone, and tasks that are all alike.
    private static func alike(
        _ random: inout SeededRandom, strategy: (inout SeededRandom) -> PlacementStrategy
    ) -> Scene {
        var scene = Scene(&random)
        for index in scene.hosts.indices {
            scene.hosts[index].tasks = 0
            scene.hosts[index].zone = scene.hosts[index].zone ?? "c"
        }
        scene.asks = Array(scene.asks.prefix(1))
        scene.asks[0].strategies = [strategy(&random)]
        scene.asks[0].host = nil
        scene.asks[0].count *= 3
        return scene
    }
}
