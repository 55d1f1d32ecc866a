import Model
import Placement
import Properties

/// A cluster and what is asked of it, in the words of a test: easy to print, easy to shrink.
struct Scene: CustomStringConvertible {
    struct Host: Hashable {
        var cpu = 0
        var memory = 0
        var zone: String?
        var hasDisk = false
        var isActive = true
        var isConnected = true
        /// Host ports that are taken.
        var ports: Set<Int> = []
        /// Tasks of the group that are there.
        var tasks = 0
    }

    struct Ask: Hashable {
        var cpu = 0
        var memory = 0
        var ports: Set<Int> = []
        var needsDisk = false
        var isDistinct = false
        var strategies: [PlacementStrategy] = []
        /// The host of a StartTask.
        var host: Int?
        var count = 1

        var need: Need {
            Need(
                resources: Resources(cpu: cpu, memory: memory, tcpPorts: ports.sorted()),
                requiredAttributes: needsDisk ? [Attribute(name: "disk")] : [],
                constraints: isDistinct ? [.distinctInstance] : [], strategies: strategies,
                group: "g", deployment: Board.deployment)
        }
    }

    var hosts: [Host] = []
    var asks: [Ask] = []
    var seed: UInt64 = 1

    var description: String {
        "hosts:\n    " + hosts.map { "\($0)" }.joined(separator: "\n    ") + "\n  asks:\n    "
            + asks.map { "\($0)" }.joined(separator: "\n    ")
    }

    var candidates: [Candidate] {
        hosts.enumerated().map { number, host in
            BoardTests.candidate(
                number, cpu: host.cpu, memory: host.memory, zone: host.zone,
                status: host.isActive ? .active : .draining, connected: host.isConnected,
                tasks: host.tasks, ofGroup: host.tasks, tcp: host.ports,
                attributes: host.hasDisk ? [Attribute(name: "disk", value: "ssd")] : [])
        }
    }
}

// MARK: Drawing and shrinking

extension Scene {
    static let strategies: [PlacementStrategy] = [
        .random, .spread("instanceId"), .spread("attribute:\(Need.zoneAttribute)"),
        .spread("attribute:disk"), .binpack(.cpu), .binpack(.memory),
    ]

    init(_ random: inout SeededRandom) {
        hosts = (0..<Int.random(in: 0...6, using: &random)).map { _ in Host(&random) }
        asks = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            Ask(&random, hosts: hosts.count)
        }
        seed = random.next()
    }

    var smaller: [Scene] {
        let fewer = Property.shorter(asks).map { Scene(hosts: hosts, asks: $0, seed: seed) }
        let without = hosts.indices.map { gone in
            var scene = self
            scene.hosts.remove(at: gone)
            scene.asks.removeAll { $0.host == gone }
            for index in scene.asks.indices {
                if let host = scene.asks[index].host, host > gone {
                    scene.asks[index].host = host - 1
                }
            }
            return scene
        }
        let simplerAsks = Property.simpler(asks, \.simpler).map {
            Scene(hosts: hosts, asks: $0, seed: seed)
        }
        let simplerHosts = Property.simpler(hosts, \.simpler).map {
            Scene(hosts: $0, asks: asks, seed: seed)
        }
        return fewer + without + simplerAsks + simplerHosts
    }
}

extension Scene.Host {
    init(_ random: inout SeededRandom) {
        func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
        cpu = Int.random(in: 0...10, using: &random) * 50
        memory = Int.random(in: 0...10, using: &random) * 50
        zone = ["a", "b", nil].randomElement(using: &random) ?? nil
        hasDisk = chance(2)
        isActive = !chance(8)
        isConnected = !chance(8)
        ports = chance(4) ? [80] : []
        tasks = chance(3) ? 1 : 0
    }

    fileprivate var simpler: [Self] {
        let plain = Self(cpu: cpu, memory: memory, zone: zone)
        return (self == plain ? [] : [plain])
            + Property.smaller(cpu).map { value in with { $0.cpu = value } }
            + Property.smaller(memory).map { value in with { $0.memory = value } }
    }

    private func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}

extension Scene.Ask {
    init(_ random: inout SeededRandom, hosts: Int) {
        func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
        cpu = Int.random(in: 0...3, using: &random) * 50
        memory = Int.random(in: 0...3, using: &random) * 50
        ports = chance(4) ? [80] : chance(6) ? [81, 82] : []
        needsDisk = chance(5)
        isDistinct = chance(5)
        strategies = Array(
            Scene.strategies.shuffled(using: &random).prefix(Int.random(in: 0...2, using: &random)))
        host = hosts > 0 && chance(5) ? Int.random(in: 0..<hosts, using: &random) : nil
        count = Int.random(in: 1...12, using: &random)
    }

    fileprivate var simpler: [Self] {
        let plain = Self(
            cpu: cpu, memory: memory, ports: ports, strategies: strategies, count: count)
        return (self == plain ? [] : [plain])
            + Property.smaller(count).filter { $0 > 0 }.map { value in with { $0.count = value } }
            + Property.smaller(cpu).map { value in with { $0.cpu = value } }
            + Property.smaller(memory).map { value in with { $0.memory = value } }
    }

    private func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}
