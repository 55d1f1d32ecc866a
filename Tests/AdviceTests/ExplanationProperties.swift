import Advice
import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Properties
import QueryLanguage
import Testing
import TownSupport

/// A cluster and what is asked of it.
private struct Plight: CustomStringConvertible {
    var workers: [Town.Worker] = []
    var away: Set<Int> = []
    var draining: Set<Int> = []
    var cpu = 0
    var memory = 0
    var ports: [Int] = []
    var needsDisk = false
    var constraints: [PlacementConstraint] = []
    var strategy: [PlacementStrategy] = []
    var count = 1

    var description: String {
        "\(count) of cpu \(cpu), memory \(memory), ports \(ports), disk \(needsDisk), "
            + "\(constraints), \(strategy); away \(away), draining \(draining) of\n  "
            + workers.map { "\($0)" }.joined(separator: "\n  ")
    }

    init(_ random: inout SeededRandom) {
        func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
        func amount() -> Int { Int.random(in: 1...8, using: &random) * 50 }
        workers = (0..<Int.random(in: 1...6, using: &random)).map { number in
            let attributes = [
                Attribute(name: "rack", value: "r1"), Attribute(name: "rack", value: "r2"),
                Attribute(name: "disk", value: "ssd"),
            ].filter { _ in chance(2) }
            return Town.Worker(
                name: "w\(number)", cpu: amount(), memory: amount(),
                ports: chance(3) ? [80] : [], attributes: attributes)
        }
        away = Set(workers.indices.filter { _ in chance(6) })
        draining = Set(workers.indices.filter { _ in chance(6) })
        cpu = amount() / 2
        memory = amount() / 2
        ports = chance(3) ? [80] : []
        needsDisk = chance(4)
        if chance(3) { constraints.append(.distinctInstance) }
        if chance(4) {
            constraints.append(.memberOf(ClusterQuery(accepted: "attribute:rack == r1")))
        }
        strategy =
            [
                [.spread("instanceId")], [.binpack(.cpu)], [.binpack(.memory)],
                [.spread("attribute:rack"), .binpack(.cpu)], [.random],
            ].randomElement(using: &random) ?? []
        count = Int.random(in: 1...6, using: &random)
    }

    var smaller: [Plight] {
        workers.count < 2
            ? []
            : [
                with { $0.workers.removeLast() }, with { $0.constraints = [] },
                with { $0.count -= $0.count > 1 ? 1 : 0 },
            ].filter { $0.description != description }
    }

    private func with(_ change: (inout Plight) -> Void) -> Plight {
        var copy = self
        change(&copy)
        return copy
    }

    /// The town in which the service was asked for.
    func town() throws -> Town {
        let town = try Town(workers)
        for number in workers.indices where draining.contains(number) {
            try town.ask(try town.drain("w\(number)"))
        }
        for number in workers.indices where away.contains(number) { town.lose("w\(number)") }
        try town.ask(
            Town.definition(
                "web", cpu: cpu, memory: memory, ports: ports,
                attributes: needsDisk ? [Attribute(name: "disk")] : []))
        try town.ask(Town.create("web", count, constraints: constraints, strategy: strategy))
        return town
    }
}

@Suite("Properties of explanations")
struct ExplanationProperties {
    private static func explain(_ state: ClusterState) throws -> ServiceAccount {
        let explainer = Explainer(settings: ManagerSettings())
        let subject = try explainer.find("web", in: Town.cluster, of: state)
        return try #require(
            try explainer.explain(subject, of: state, at: Town.wall).service)
    }

    /// How many tasks a manager that comes up with a state starts.
    private static func starts(_ state: ClusterState) -> Int {
        var effects = EffectBuffer()
        let settings = ManagerSettings()
        var core = ManagerCore(
            recovered: state, settings: settings, seed: 1,
            at: Moment(monotonic: .zero, wall: Town.wall), into: &effects)
        core.step(
            .tick, at: Moment(monotonic: .zero + .seconds(60), wall: Town.wall), into: &effects)
        return effects.records.count { record in
            guard case .task(let task) = record.change else { return false }
            return state.tasks[task.id] == nil
        }
    }

    /// Takes away the obstacle that is named as nearest, and no more: of an amount, to the unit.
    ///
    /// - Returns: What is wrong with it as it was named.
    private static func remove(_ obstacle: Obstacle, _ state: inout ClusterState) -> String? {
        guard let id = InstanceID(obstacle.instance), var instance = state.instances[id],
            instance.name == obstacle.worker
        else { return "it is of no instance that there is" }
        func put(_ change: Change) {
            state.apply(
                ChangeRecord(
                    revision: state.revision + 1, time: Town.wall, cause: "test", change: change))
        }
        func give(_ amount: WritableKeyPath<ContainerInstance, Int>) -> String? {
            guard let missing = obstacle.missing, missing > 0 else { return "nothing is missing" }
            instance[keyPath: amount] += missing - 1
            put(.instance(instance))
            guard
                let still = try? explain(state).placement?.obstacles.first(where: {
                    $0.instance == obstacle.instance
                }), still.missing == 1
            else { return "one less would have done" }
            instance[keyPath: amount] += 1
            return nil
        }
        switch obstacle.reason {
        case "RESOURCE:CPU": if let fault = give(\.registered.cpu) { return fault }
        case "RESOURCE:MEMORY": if let fault = give(\.registered.memory) { return fault }
        case "AGENT": instance.agentConnected = true
        case "INACTIVE": instance.status = .active
        case "ATTRIBUTE":
            instance.attributes.append(Attribute(name: obstacle.what ?? "", value: "x"))
        case "RESOURCE:PORTS":
            instance.registered.tcpPorts.removeAll { "\($0)/tcp" == obstacle.what }
            for var task in state.liveTasks(on: id)
            where task.reserved.tcpPorts.contains(where: { "\($0)/tcp" == obstacle.what }) {
                task.lastStatus = .stopped
                task.desiredStatus = .stopped
                put(.task(task))
            }
        case let reason where reason.hasPrefix("distinctInstance"):
            for var task in state.liveTasks(on: id) where task.group == "service:web" {
                task.lastStatus = .stopped
                task.desiredStatus = .stopped
                put(.task(task))
            }
        case let reason where reason.hasPrefix("MemberOf"):
            guard obstacle.what == "attribute:rack == r1" else { return "no part is named" }
            instance.attributes.removeAll { $0.name == "rack" }
            instance.attributes.append(Attribute(name: "rack", value: "r1"))
        default: return "it is of no known kind"
        }
        put(.instance(instance))
        return nil
    }

    @Test("removing the nearest obstacle that is named, and the next, makes the task schedulable")
    func removal() throws {
        var removed: [String: Int] = [:]
        let found = Property.search(seeds: 1...600) {
            Plight(&$0)
        } shrink: {
            $0.smaller
        } violation: { plight in
            do {
                var state = try plight.town().state
                for _ in 0..<40 {
                    let account = try Self.explain(state)
                    let started = Self.starts(state)
                    guard account.verdict == .noRoom else {
                        return (started > 0) == (account.toStart > 0)
                            ? nil : "\(account.verdict) \(account.toStart), and \(started) start"
                    }
                    if started > 0 { return "said to have no room, and \(started) start" }
                    guard let nearest = account.placement?.nearest else { return "none is named" }
                    if let fault = Self.remove(nearest, &state) { return "\(nearest): \(fault)" }
                    let after = try Self.explain(state).placement?.obstacles ?? []
                    if after.contains(nearest) { return "\(nearest) is still there" }
                    removed[nearest.reason, default: 0] += 1
                }
                return "there is always another"
            } catch {
                return "\(error)"
            }
        }
        #expect(found == nil)
        // Every kind of obstacle was met.
        #expect(removed.count == 8 && removed.values.allSatisfy { $0 > 5 }, "\(removed)")
    }

    @Test("with the state from before, each task is where the ranking is best, or chance may go")
    func truth() throws {
        var checked = 0
        let found = Property.search(seeds: 1...300) {
            Plight(&$0)
        } shrink: {
            $0.smaller
        } violation: { plight in
            do {
                let town = try plight.town()
                try town.ask(Town.update("web", count: plight.count + 2))
                var past = ClusterState()
                for record in town.records {
                    if case .task(let task) = record.change, past.tasks[task.id] == nil {
                        let here = try #require(
                            try town.explain("\(task.id)", placedIn: past).task?.here)
                        let rank = try #require(here.rank, "not in the ranking: \(here)")
                        let eligible = here.placement?.eligible ?? 0
                        if rank > eligible { return "\(rank) of \(eligible) eligible: \(here)" }
                        checked += 1
                    }
                    past.apply(record)
                }
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(found == nil)
        #expect(checked > 300)
    }

    @Test("the bound that is advised lets a blocked service go on, and one less does not")
    func bounds() throws {
        var blocked = 0
        let found = Property.search(seeds: 1...150) { random in
            [
                Int.random(in: 1...9, using: &random), Int.random(in: 50...100, using: &random),
                Int.random(in: 100...140, using: &random),
            ]
        } shrink: { _ in
            []
        } violation: { numbers in
            do {
                let town = try Town([.init(name: "a", cpu: 9_000, memory: 9_000)])
                try town.serve("web", numbers[0], min: numbers[1], max: numbers[2])
                try town.ask(Town.update("web", force: true))
                let account = try town.account("web")
                guard account.verdict == .blocked else { return nil }
                blocked += 1
                let advised = account.remedies.compactMap { remedy in
                    remedy.split(separator: " ").compactMap { Int($0) }.first
                }
                guard advised.count == 2 else { return "\(account.remedies)" }
                for (max, min, goes) in [
                    (advised[0], numbers[1], true), (advised[0] - 1, numbers[1], false),
                    (numbers[2], advised[1], true), (numbers[2], advised[1] + 1, false),
                ] {
                    let plan = try town.plan(Town.update("web", min: min, max: max))
                    if (plan.verdict == .finishes) != goes {
                        return "\(min)/\(max): \(plan.verdict)"
                    }
                }
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(found == nil)
        #expect(blocked > 20)
    }
}
