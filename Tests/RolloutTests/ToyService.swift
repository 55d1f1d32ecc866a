import Model
import Rollout

/// A service in so few numbers that all its states can be looked at: how many tasks of each kind
/// are how far, and what may yet happen to it.
struct ToyService: Hashable {
    enum Phase: Int, CaseIterable { case pending, running, healthy }
    /// A task of the newest revision, of an older one, or on an instance that drains.
    enum Kind: Int, CaseIterable { case new, old, draining }

    struct Setting: Hashable {
        var minimum: Int
        var maximum: Int
    }

    let setting: Setting
    var desired: Int
    /// Tasks wanted RUNNING, by kind, then by phase.
    var tasks = [Int](repeating: 0, count: 9)
    /// Whether what old deployments lose is made up for.
    var restores = false
    /// How many old tasks there were when the newest deployment began: what is lost of them is made
    /// up for.
    var held = 0
    /// Told to stop, and not stopped yet.
    var stopping = 0
    var deploymentsLeft: Int
    var drainsLeft: Int
    var scalingsLeft: Int

    var lower: Int { (desired * setting.minimum + 99) / 100 }
    var upper: Int { desired * setting.maximum / 100 }
    var wanted: Int { tasks.reduce(0, +) }
    var healthy: Int { Kind.allCases.reduce(0) { $0 + self[$1, .healthy] } }
    var running: Int { healthy + Kind.allCases.reduce(0) { $0 + self[$1, .running] } }
    private var lost: Int { max(0, held - Phase.allCases.reduce(0) { $0 + self[.old, $1] }) }
    /// As many as are wished, healthy, of the newest revision, and nothing else.
    var isComplete: Bool {
        self[.new, .healthy] == desired && wanted == desired && stopping == 0
    }

    subscript(kind: Kind, phase: Phase) -> Int {
        get { tasks[kind.rawValue * 3 + phase.rawValue] }
        set { tasks[kind.rawValue * 3 + phase.rawValue] = newValue }
    }

    // MARK: What the world does

    /// What only brings things on: a task starts, proves healthy, or is gone as it should.
    var kindSteps: [(name: String, next: ToyService)] {
        var steps: [(String, ToyService)] = []
        for kind in Kind.allCases {
            if self[kind, .pending] > 0 {
                steps.append(("\(kind) runs", moved(kind, from: .pending, to: .running)))
            }
            if self[kind, .running] > 0 {
                steps.append(("\(kind) is healthy", moved(kind, from: .running, to: .healthy)))
            }
        }
        if stopping > 0 { steps.append(("one has stopped", changed { $0.stopping -= 1 })) }
        return steps
    }

    /// What somebody does on purpose.
    var wishes: [(name: String, next: ToyService)] {
        var steps: [(String, ToyService)] = []
        if deploymentsLeft > 0 {
            let next = changed { next in
                next.deploymentsLeft -= 1
                for phase in Phase.allCases {
                    next[.old, phase] += next[.new, phase]
                    next[.new, phase] = 0
                }
                if restores { next.held = Phase.allCases.reduce(0) { $0 + next[.old, $1] } }
            }
            steps.append(("deployment", next))
        }
        if drainsLeft > 0 {
            for kind in [Kind.new, .old] {
                for phase in Phase.allCases where self[kind, phase] > 0 {
                    let next = changed { next in
                        next.drainsLeft -= 1
                        next[kind, phase] -= 1
                        next[.draining, phase] += 1
                    }
                    steps.append(("\(kind) \(phase) drains", next))
                }
            }
        }
        if scalingsLeft > 0 {
            for count in 1...4 where count != desired {
                let next = changed { next in
                    next.scalingsLeft -= 1
                    next.desired = count
                }
                steps.append(("scaled to \(count)", next))
            }
        }
        return steps
    }

    /// A task that is wanted ends by itself.
    var failures: [(name: String, next: ToyService)] {
        Kind.allCases.flatMap { kind in
            Phase.allCases.filter { self[kind, $0] > 0 }.map { phase in
                ("\(kind) \(phase) fails", changed { $0[kind, phase] -= 1 })
            }
        }
    }

    private func moved(_ kind: Kind, from: Phase, to: Phase) -> ToyService {
        changed { next in
            next[kind, from] -= 1
            next[kind, to] += 1
        }
    }

    private func changed(_ change: (inout ToyService) -> Void) -> ToyService {
        var next = self
        change(&next)
        // The older deployments are over then.
        if next.isComplete { next.held = 0 }
        return next
    }

    // MARK: What the plan does

    /// The service as the plan sees it, and the kind and phase of each of its tasks.
    var view: (view: ServiceView, places: [(Kind, Phase)]) {
        var places: [(Kind, Phase)] = []
        for kind in Kind.allCases {
            for phase in Phase.allCases {
                places += [(Kind, Phase)](repeating: (kind, phase), count: self[kind, phase])
            }
        }
        let seen = places.enumerated().map { number, place in
            ServiceView.Task(
                id: TaskID(high: 0, low: UInt64(number)), isNew: place.0 != .old,
                status: place.1 == .pending ? .pending : .running,
                isHealthy: place.1 == .healthy, isDraining: place.0 == .draining,
                isHeld: restores && place.0 == .old)
        }
        let bounds = DeploymentConfiguration(
            minimumHealthyPercent: setting.minimum, maximumPercent: setting.maximum)
        return (
            ServiceView(
                desiredCount: desired, bounds: bounds, tasks: seen, stopping: stopping, lost: lost),
            places
        )
    }

    /// The service once a plan is carried out.
    func after(_ plan: ServicePlan, _ places: [(Kind, Phase)]) -> ToyService {
        changed { next in
            next[.new, .pending] += plan.start
            next[.old, .pending] += plan.restore
            for id in plan.stop {
                let (kind, phase) = places[Int(id.low)]
                next[kind, phase] -= 1
                // Else there would be no end of states: what is made up for can stop again.
                next.stopping = restores ? min(next.stopping + 1, 3) : next.stopping + 1
            }
        }
    }
}

extension ToyService: CustomStringConvertible {
    /// `desired 2: new 0/1/1 old 0/0/2 draining 0/0/0, 1 stopping`
    var description: String {
        let kinds = Kind.allCases.map { kind in
            "\(kind) " + Phase.allCases.map { "\(self[kind, $0])" }.joined(separator: "/")
        }
        return "desired \(desired): \(kinds.joined(separator: " ")), \(stopping) stopping"
    }
}
