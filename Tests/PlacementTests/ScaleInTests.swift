import Model
import Placement
import Testing

/// The rule of scale-in in its plain form: each time every task is looked at.
struct NaiveScaleIn {
    var occupants: [Occupant]
    var hosts: [InstanceID: ScaleIn.Host]

    /// - Parameter isAccepted: Settles a random choice.
    mutating func next(
        by strategies: [PlacementStrategy], accepting isAccepted: (Set<TaskID>) -> TaskID?
    ) -> TaskID? {
        var left = occupants.filter { !$0.isProtected }
        for strategy in strategies {
            switch strategy {
            case .random:
                guard let task = isAccepted(Set(left.map(\.task))) else { return nil }
                left = left.filter { $0.task == task }
            case .binpack(.cpu):
                keepMost(&left) { (hosts[$0.instance]?.freeCPU ?? 0) + $0.resources.cpu }
            case .binpack(.memory):
                keepMost(&left) { (hosts[$0.instance]?.freeMemory ?? 0) + $0.resources.memory }
            case .spread(let field):
                keepMost(&left) { one in
                    occupants.count { value($0, of: field) == value(one, of: field) }
                }
            }
        }
        let youngest = left.map(\.createdAt).max()
        guard let gone = left.filter({ $0.createdAt == youngest }).min(by: { $0.task < $1.task })
        else { return nil }
        occupants.removeAll { $0.task == gone.task }
        hosts[gone.instance]?.freeCPU += gone.resources.cpu
        hosts[gone.instance]?.freeMemory += gone.resources.memory
        return gone.task
    }

    private func value(_ occupant: Occupant, of field: String) -> String? {
        let prefix = "attribute:"
        guard field.hasPrefix(prefix) else { return "\(occupant.instance)" }
        return hosts[occupant.instance]?.attributes
            .first { $0.name == field.dropFirst(prefix.count) }.map { $0.value ?? "" }
    }

    private func keepMost(_ left: inout [Occupant], _ key: (Occupant) -> Int) {
        let most = left.map(key).max()
        left = left.filter { key($0) == most }
    }
}

@Suite("Scale-in")
struct ScaleInTests {
    /// `x1 x2 y3!`: zone and instance of each task, oldest first; `-` is no zone, `!` protects.
    static func occupants(_ picture: String) -> ([Occupant], [InstanceID: ScaleIn.Host]) {
        var hosts: [InstanceID: ScaleIn.Host] = [:]
        let occupants = picture.split(separator: " ").enumerated().map { index, place in
            let isProtected = place.hasSuffix("!")
            let digits = place.utf8.dropFirst().prefix { $0 != UInt8(ascii: "!") }
            let number = digits.reduce(0) { $0 * 10 + UInt64($1 - 48) }
            let instance = InstanceID(high: 0, low: number)
            let zone = Attribute(name: Need.zoneAttribute, value: String(place.prefix(1)))
            hosts[instance] = ScaleIn.Host(
                attributes: place.hasPrefix("-") ? [] : [zone], freeCPU: Int(number) * 100)
            return Occupant(
                task: TaskID(high: 0, low: UInt64(index)), instance: instance,
                createdAt: WallTime(milliseconds: Int64(index)),
                resources: Resources(cpu: 60), isProtected: isProtected)
        }
        return (occupants, hosts)
    }

    static func order(
        _ picture: String, by strategies: [PlacementStrategy] = Need.serviceDefault,
        seed: UInt64 = 1
    ) -> [Int] {
        let (occupants, hosts) = occupants(picture)
        var random = SeededRandom(seed: seed)
        return ScaleIn.order(occupants, on: hosts, by: strategies, using: &random)
            .map { Int($0.low) }
    }

    @Test(
        "takes from the fullest zone, there from the fullest instance, there the youngest",
        arguments: [
            ("", []),
            ("x1 x1 y2", [1, 2, 0]),
            ("x1 x1 x2 y3 y3 y3 y3", [6, 5, 1, 4, 2, 3, 0]),
            ("-1 -2 -2", [2, 1, 0]),
            ("x1 y2 z3", [2, 1, 0]),
            // Protected tasks stay and count where they are.
            ("x1! x1! x1! x1 y2 y2 y2", [3, 6, 5, 4]),
            ("x1! y2!", []),
        ])
    func order(picture: String, expected: [Int]) {
        #expect(Self.order(picture) == expected)
    }

    @Test(
        "goes by the strategies in their order (section 10.2)",
        arguments: [
            ([.spread("instanceId")], "x1 x1 x2 y3 y3 y3", [5, 4, 1, 3, 2, 0]),
            ([.spread("host")], "x1 x1 x2 y3 y3 y3", [5, 4, 1, 3, 2, 0]),
            // From the instance that will have most free.
            ([.binpack(.cpu)], "x1 x1 x2 y3", [3, 2, 1, 0]),
            ([.binpack(.cpu)], "x1 x1 x1 x2", [3, 2, 1, 0]),
            (
                [.spread("attribute:\(Need.zoneAttribute)"), .binpack(.cpu)], "x1 x2 x2 y9",
                [2, 1, 3, 0]
            ),
            // None but the youngest first.
            ([], "x1 y2 x1", [2, 1, 0]),
        ] as [([PlacementStrategy], String, [Int])])
    func strategies(strategies: [PlacementStrategy], picture: String, expected: [Int]) {
        #expect(Self.order(picture, by: strategies) == expected)
    }

    @Test("draws at random, the same with the same seed, inside the fullest zone")
    func random() {
        let picture = "x1 x1 x1 x1 x1 x1 x1 x1 y2"
        let orders = (1...20).map { Self.order(picture, by: [.random], seed: $0) }
        #expect(Set(orders).count > 10)
        #expect(orders.allSatisfy { $0.sorted() == Array(0...8) })
        #expect(Self.order(picture, by: [.random], seed: 1) == orders[0])
        let zoned = (1...20).map {
            Self.order(
                picture, by: [.spread("attribute:\(Need.zoneAttribute)"), .random], seed: $0)
        }
        #expect(Set(zoned).count > 10)
        #expect(zoned.allSatisfy { !$0.prefix(7).contains(8) })
    }

    private static func drawn(
        _ random: inout SeededRandom
    ) -> ([Occupant], [InstanceID: ScaleIn.Host]) {
        var hosts: [InstanceID: ScaleIn.Host] = [:]
        for number in 1...6 {
            let zone = ["x", "y", nil].randomElement(using: &random) ?? nil
            let rack = ["r", "s", nil].randomElement(using: &random) ?? nil
            hosts[InstanceID(high: 0, low: UInt64(number))] = ScaleIn.Host(
                attributes: [zone.map { Attribute(name: Need.zoneAttribute, value: $0) }]
                    .compactMap { $0 }
                    + [rack.map { Attribute(name: "rack", value: $0) }]
                    .compactMap { $0 },
                freeCPU: Int.random(in: 0...3, using: &random) * 100,
                freeMemory: Int.random(in: 0...3, using: &random) * 100)
        }
        let occupants = (0..<Int.random(in: 0...30, using: &random)).map { index in
            Occupant(
                task: TaskID(high: 0, low: UInt64(index)),
                instance: InstanceID(high: 0, low: UInt64.random(in: 1...6, using: &random)),
                createdAt: WallTime(milliseconds: Int64.random(in: 0...5, using: &random)),
                resources: Resources(
                    cpu: Int.random(in: 1...2, using: &random) * 50,
                    memory: Int.random(in: 1...2, using: &random) * 50),
                isProtected: Int.random(in: 0..<6, using: &random) == 0)
        }
        return (occupants, hosts)
    }

    @Test("gives up as looking at every task each time would", arguments: 1...400)
    func naive(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let (occupants, hosts) = Self.drawn(&random)
        let all: [PlacementStrategy] = [
            .random, .spread("instanceId"), .spread("attribute:rack"), .binpack(.cpu),
            .binpack(.memory), .spread("attribute:\(Need.zoneAttribute)"),
        ]
        let strategies = Array(
            all.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)))
        var draws = random
        let order = ScaleIn.order(occupants, on: hosts, by: strategies, using: &draws)
        var naive = NaiveScaleIn(occupants: occupants, hosts: hosts)
        for task in order {
            let expected = naive.next(by: strategies) { $0.contains(task) ? task : nil }
            #expect(expected == task, "\(strategies)")
        }
        #expect(order.count == occupants.count { !$0.isProtected })
        // In whatever order it is told, and without a draw where nothing is drawn.
        var again = random
        #expect(
            ScaleIn.order(
                occupants.shuffled(using: &random), on: hosts, by: strategies, using: &again)
                == order)
        if !strategies.contains(.random) {
            var untouched = again
            _ = ScaleIn.order(occupants, on: hosts, by: strategies, using: &untouched)
            #expect(untouched.next() == again.next())
        }
    }

    @Test("orders thousands without trouble", .timeLimit(.minutes(1)))
    func many() {
        var hosts: [InstanceID: ScaleIn.Host] = [:]
        let occupants = (0..<5_000).map { index in
            let instance = InstanceID(high: 0, low: UInt64(index % 500))
            hosts[instance] = ScaleIn.Host(attributes: [
                Attribute(name: Need.zoneAttribute, value: "z\(index % 3)")
            ])
            return Occupant(
                task: TaskID(high: 0, low: UInt64(index)), instance: instance,
                createdAt: WallTime(milliseconds: 0))
        }
        var random = SeededRandom(seed: 1)
        let order = ScaleIn.order(
            occupants, on: hosts, by: Need.serviceDefault, using: &random)
        #expect(order.count == 5_000)
    }
}
