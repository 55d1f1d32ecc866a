import Model
import Rollout
import Testing

/// Every state that a small service can come to, whatever happens in whatever order: after each
/// event the plan is made and carried out until it asks for nothing more, as the manager does.
private struct Exploration {
    /// What happens besides tasks coming up and going as told.
    struct World {
        var failures = false
        var deployments = 0
        var drains = 0
        var scalings = 0
        var restores = false
    }

    let world: World
    /// In the order in which they were found, the first by the shortest way.
    private(set) var states: [ToyService] = []
    private(set) var violations: [String] = []
    private var numbers: [ToyService: Int] = [:]
    private var ways: [(from: Int, event: String)] = []
    /// For each state those that it comes to when nothing goes wrong and nobody wants anything.
    private var kindly: [[Int]] = []

    init(desired: Int, _ setting: ToyService.Setting, _ world: World) {
        self.world = world
        var start = ToyService(
            setting: setting, desired: desired, deploymentsLeft: world.deployments,
            drainsLeft: world.drains, scalingsLeft: world.scalings)
        start.restores = world.restores
        note(settled(start, "created", from: 0), from: 0, "created")
        var next = 0
        while next < states.count, violations.isEmpty {
            let state = states[next]
            kindly.append(
                state.kindSteps.map {
                    note(settled($0.next, $0.name, from: next), from: next, $0.name)
                })
            let unkind = state.wishes + (world.failures ? state.failures : [])
            for step in unkind {
                note(settled(step.next, step.name, from: next), from: next, step.name)
            }
            next += 1
        }
    }

    @discardableResult
    private mutating func note(_ state: ToyService, from: Int, _ event: String) -> Int {
        if let number = numbers[state] { return number }
        numbers[state] = states.count
        states.append(state)
        ways.append((from, event))
        return states.count - 1
    }

    /// Plans until the plan is empty, and holds each step against the bounds.
    private mutating func settled(_ event: ToyService, _ name: String, from: Int) -> ToyService {
        var state = event
        for _ in 0..<4 {
            let (view, places) = state.view
            let plan = RollingPlan.plan(view)
            let next = state.after(plan, places)
            if let broken = Self.broken(by: plan, state, next) {
                violations.append("\(broken), \(state) to \(next) after \(name), \(way(to: from))")
            }
            if next == state { return state }
            state = next
        }
        violations.append("the plan finds no end, \(state) after \(name), \(way(to: from))")
        return state
    }

    /// How a state came about, newest first.
    private func way(to number: Int) -> String {
        var (words, number) = ([String](), number)
        while number > 0, number < ways.count {
            words.append(ways[number].event)
            number = ways[number].from
        }
        return "after " + words.joined(separator: ", after ")
    }

    private static func broken(
        by plan: ServicePlan, _ old: ToyService, _ new: ToyService
    ) -> String? {
        let more = plan.start + plan.restore
        if more > 0, new.wanted + plan.stop.count > old.upper { return "above the maximum" }
        if new.healthy < min(old.healthy, old.lower) { return "healthy below the minimum" }
        if new.running < min(old.running, old.lower) { return "running below the minimum" }
        if plan.isSteady != old.isComplete { return "steady is \(plan.isSteady)" }
        return nil
    }

    /// What is wrong with where the service ends when nothing goes wrong any more.
    var ends: [String] {
        guard violations.isEmpty else { return [] }
        var wrong: [String] = []
        for (number, state) in states.enumerated() where kindly[number].isEmpty {
            // Bounds that are one leave no room for any move.
            let isStuck = state.lower >= state.upper
            let plan = RollingPlan.plan(state.view.view)
            if !state.isComplete && !(isStuck && plan.isBlocked) {
                wrong.append("\(state) is where it ends, \(way(to: number))")
            }
        }
        if let looping = loop { wrong.append("\(states[looping]) comes back, \(way(to: looping))") }
        return wrong
    }

    /// A state that the service can come back to though nothing goes wrong, if there is one.
    private var loop: Int? {
        var before = [Int](repeating: 0, count: states.count)
        for next in kindly.joined() { before[next] += 1 }
        var ready = before.indices.filter { before[$0] == 0 }
        var seen = 0
        while let state = ready.popLast() {
            seen += 1
            for next in kindly[state] {
                before[next] -= 1
                if before[next] == 0 { ready.append(next) }
            }
        }
        return seen == states.count ? nil : before.firstIndex { $0 > 0 }
    }
}

@Suite("The rolling plan, exhaustively")
struct RollingExhaustion {
    static let settings = [0, 50, 100].flatMap { minimum in
        [100, 150, 200].map { ToyService.Setting(minimum: minimum, maximum: $0) }
    }

    @Test(
        "any order of two deployments and a drain never leaves the bounds, once they are reached",
        arguments: settings, [1, 2, 3, 4])
    func bounds(setting: ToyService.Setting, desired: Int) {
        let found = Exploration(desired: desired, setting, .init(deployments: 2, drains: 1))
        #expect(found.violations == [] && found.ends == [])
        #expect(found.states.count > 20, "there is something to look at")
        #expect(found.states.contains { $0.deploymentsLeft == 0 && $0.drainsLeft == 0 })
        #expect(found.states.allSatisfy { $0.wanted <= $0.upper })
        #expect(found.states.contains { $0.isComplete })
    }

    @Test(
        "with tasks that fail at any moment, no plan breaks a bound and all ends as wished",
        arguments: settings, [1, 2, 3, 4])
    func failures(setting: ToyService.Setting, desired: Int) {
        let found = Exploration(
            desired: desired, setting, .init(failures: true, deployments: 2, drains: 1))
        #expect(found.violations == [] && found.ends == [])
        #expect(found.states.allSatisfy { $0.wanted <= $0.upper })
        #expect(found.states.contains { $0.healthy == 0 && $0.deploymentsLeft == 0 })
    }

    @Test("and scaled in the midst of it all", arguments: settings, [1, 2, 3])
    func scaling(setting: ToyService.Setting, desired: Int) {
        let found = Exploration(
            desired: desired, setting, .init(failures: true, deployments: 1, scalings: 1))
        #expect(found.violations == [] && found.ends == [])
    }

    @Test(
        "and with the losses of the older deployment made up for", arguments: settings, [1, 2, 3])
    func restoring(setting: ToyService.Setting, desired: Int) {
        let found = Exploration(
            desired: desired, setting, .init(failures: true, deployments: 1, restores: true))
        #expect(found.violations == [] && found.ends == [])
        #expect(found.states.allSatisfy { $0.wanted <= $0.upper })
    }
}
