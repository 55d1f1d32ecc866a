import Model
import Properties
import Rollout
import Testing

/// Hosts with tasks of one service, for plans to move.
struct ToySpread: CustomStringConvertible {
    enum Level: Hashable { case zone, rack, host }

    struct Host: Hashable {
        var zone: Int?
        var rack: Int?
        var tasks = 0
        /// How many of them may not go.
        var kept = 0
        /// How many more it has room for.
        var room = 0
    }

    var levels: [Level]
    var hosts: [Host]

    var description: String {
        "\(levels):\n    " + hosts.map { "\($0)" }.joined(separator: "\n    ")
    }

    private func path(_ index: Int) -> [Int?] {
        levels.map { level in
            switch level {
            case .zone: hosts[index].zone
            case .rack: hosts[index].rack
            case .host: index
            }
        }
    }

    static func id(_ index: Int) -> InstanceID { InstanceID(high: 1, low: UInt64(index)) }

    var view: RebalanceView {
        let places = hosts.indices.filter { hosts[$0].tasks > 0 }.map { index in
            RebalanceView.Place(
                instance: Self.id(index), path: path(index), tasks: hosts[index].tasks,
                movable: (hosts[index].kept..<hosts[index].tasks).map {
                    TaskID(high: UInt64(index), low: UInt64($0))
                })
        }
        var best: [[Int?]: Int] = [:]
        for index in hosts.indices where hosts[index].room > 0 {
            let group = [hosts[index].zone, hosts[index].rack]
            if best[group].map({ hosts[$0].tasks <= hosts[index].tasks }) ?? false { continue }
            best[group] = index
        }
        let openings = best.values.sorted { (hosts[$0].tasks, $0) < (hosts[$1].tasks, $1) }
        return RebalanceView(
            isOwn: levels.map { $0 == .host }, places: places,
            openings: openings.map { .init(instance: Self.id($0), path: path($0)) })
    }

    /// For each level the sum of the squares of how many tasks each value has.
    var squares: [Int] {
        levels.indices.map { level in
            var counts: [Int?: Int] = [:]
            for index in hosts.indices {
                counts[path(index)[level], default: 0] += hosts[index].tasks
            }
            return counts.values.reduce(0) { $0 + $1 * $1 }
        }
    }

    func moved(_ from: Int, _ to: Int) -> ToySpread {
        var next = self
        next.hosts[from].tasks -= 1
        next.hosts[from].room += 1
        next.hosts[to].tasks += 1
        next.hosts[to].room -= 1
        return next
    }

    /// What a run of moves breaks, to its end.
    var violation: String? {
        var now = self
        var moves = 0
        while let move = RebalancePlan.move(now.view) {
            let (from, to) = (Int(move.from.low), Int(move.to.low))
            let next = now.moved(from, to)
            if next.hosts[from].tasks < next.hosts[from].kept { return "a kept task moved" }
            if next.hosts[to].room < 0 { return "no room on \(to)" }
            if !next.squares.lexicographicallyPrecedes(now.squares) {
                return "\(from) to \(to) makes \(now.squares) to \(next.squares)"
            }
            moves += 1
            if moves > 1_000 { return "no end" }
            now = next
        }
        for from in now.hosts.indices where now.hosts[from].tasks > now.hosts[from].kept {
            for to in now.hosts.indices where to != from && now.hosts[to].room > 0 {
                // A place without what is spread over is none to move to.
                let lacks = zip(now.path(from), now.path(to)).contains { $0 != $1 && $1 == nil }
                if lacks { continue }
                if now.moved(from, to).squares.lexicographicallyPrecedes(now.squares) {
                    return "\(from) to \(to) was left undone at \(now)"
                }
            }
        }
        return nil
    }
}

@Suite("The plan that makes a service even (ECS semantics, section 10.3)")
struct RebalancePlanTests {
    /// Hosts in short, one a word: its zone, how many tasks it has, `!` after each that may not go,
    /// `+` after it if there is room for many.
    static func spread(_ picture: String, _ levels: [ToySpread.Level]) -> ToySpread {
        ToySpread(
            levels: levels,
            hosts: picture.split(separator: " ").map { word in
                let zone = word.first.flatMap { $0 == "-" ? nil : Int($0.asciiValue ?? 0) }
                return ToySpread.Host(
                    zone: zone, tasks: Int(word.dropFirst().filter(\.isNumber)) ?? 0,
                    kept: word.count { $0 == "!" }, room: word.contains("+") ? 100 : 0)
            })
    }

    /// How many tasks each host has when nothing is left to do.
    static func rest(_ picture: String, _ levels: [ToySpread.Level]) -> String {
        var spread = spread(picture, levels)
        while let move = RebalancePlan.move(spread.view) {
            spread = spread.moved(Int(move.from.low), Int(move.to.low))
        }
        return spread.hosts.map { "\($0.tasks)" }.joined(separator: " ")
    }

    @Test(
        "where tasks are when it is done",
        arguments: [
            // Over zones alone: what a zone's hosts have among themselves makes no difference.
            ("a4+ b0+", [.zone], "2 2"),
            ("a3+ b1+ c1+", [.zone], "2 2 1"),
            ("a3+ b2+", [.zone], "3 2"),
            ("a4+ a0+ b4+", [.zone], "4 0 4"),
            ("a4+ b0", [.zone], "4 0"),
            ("a4!!!!+ b0+", [.zone], "4 0"),
            ("a4!!!+ b0+", [.zone], "3 1"),
            ("a4+ -0+", [.zone], "4 0"),
            ("-4+ a0+", [.zone], "2 2"),
            // Over hosts.
            ("a3+ a3+ a0+", [.host], "2 2 2"),
            ("a4+ a3+ a0+", [.host], "2 3 2"),
            ("a1+ a1+ a0+", [.host], "1 1 0"),
            // Over zones, then hosts.
            ("a2+ a2+ b2+ b0+ b0+", [.zone, .host], "1 2 1 1 1"),
            ("a4+ b1+ b0+ b0+", [.zone, .host], "2 1 1 1"),
            ("-3+ -0+", [.zone, .host], "2 1"),
        ] as [(String, [ToySpread.Level], String)])
    func rests(picture: String, levels: [ToySpread.Level], rest: String) {
        #expect(Self.rest(picture, levels) == rest)
    }

    @Test("a move across zones that leaves them as even is made for the hosts' sake")
    func swap() {
        // Two zones of 3 and 2: a1 has two of the three, b2 none.
        #expect(Self.rest("a2+ a1 b2 b0+", [.zone, .host]) == "1 1 2 1")
    }

    @Test("moves of one round count those before them")
    func round() throws {
        var view = Self.spread("a6+ b0+", [.zone]).view
        var moves = 0
        while let move = RebalancePlan.move(view) {
            view.carryOut(move)
            moves += 1
        }
        #expect(moves == 3)
    }

    @Test("moves end, each makes it more even, and none that would is left undone")
    func property() {
        let found = Property.search(
            seeds: 1...1_000,
            generate: { random in
                let levels: [[ToySpread.Level]] = [
                    [.zone], [.host], [.zone, .host], [.host, .zone], [.zone, .rack, .host],
                    [.rack, .zone],
                ]
                let count = Int.random(in: 1...8, using: &random)
                return ToySpread(
                    levels: levels.randomElement(using: &random) ?? [.host],
                    hosts: (0..<count).map { _ in
                        let tasks = Int.random(in: 0...6, using: &random)
                        return ToySpread.Host(
                            zone: [0, 1, 2, nil].randomElement(using: &random) ?? nil,
                            rack: [0, 1, nil].randomElement(using: &random) ?? nil, tasks: tasks,
                            kept: min(tasks, [0, 0, 1, 6].randomElement(using: &random) ?? 0),
                            room: Int.random(in: 0...4, using: &random))
                    })
            },
            shrink: { spread in
                Property.shorter(spread.hosts).map { ToySpread(levels: spread.levels, hosts: $0) }
            },
            violation: \.violation)
        #expect(found == nil)
    }
}

@Suite("A rolling plan while tasks move")
struct MovingPlanTests {
    /// Tasks in short: `H` healthy, `p` not there yet.
    private func plan(_ picture: String, _ moving: Int, desired: Int = 3) -> ServicePlan {
        let tasks = picture.enumerated().map { index, letter in
            ServiceView.Task(
                id: TaskID(high: 0, low: UInt64(index)), isNew: true,
                status: letter == "H" ? .running : .pending, isHealthy: letter == "H",
                isDraining: false)
        }
        return RollingPlan.plan(
            ServiceView(desiredCount: desired, bounds: .init(), tasks: tasks, moving: moving))
    }

    @Test("leaves the new ones until they are healthy, then stops as many others")
    func surplus() {
        let moving = plan("HHHp", 1)
        #expect(moving.stop.isEmpty && moving.start == 0 && !moving.isSteady && !moving.isBlocked)
        let up = plan("HHHH", 0)
        #expect(up.stop == [TaskID(high: 0, low: 0)] && up.start == 0)
    }

    @Test("replaces what is lost meanwhile")
    func loss() {
        #expect(plan("HHp", 1).start == 1)
        #expect(plan("Hp", 1).start == 2)
    }

    @Test("is not steady while a task moves, though all are healthy")
    func steady() {
        #expect(!plan("HHHH", 1).isSteady)
        #expect(plan("HHH", 0).isSteady)
    }
}
