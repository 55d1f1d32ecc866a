import Model
import Placement
import Testing

@Suite("A board")
struct BoardTests {
    static func id(_ number: Int) -> InstanceID { InstanceID(high: 0, low: UInt64(number)) }

    static func candidate(
        _ number: Int, cpu: Int = 1_000, memory: Int = 1_000, zone: String? = nil,
        status: ContainerInstance.Status = .active, connected: Bool = true, tasks: Int = 0,
        ofGroup: Int = 0, tcp: Set<Int> = [], attributes: [Attribute] = []
    ) -> Candidate {
        let zones = zone.map { [Attribute(name: Need.zoneAttribute, value: $0)] } ?? []
        return Candidate(
            instance: ContainerInstance(
                id: id(number), cluster: ClusterID(high: 1, low: 1), name: "w\(number)",
                status: status, registered: Resources(cpu: cpu, memory: memory),
                attributes: zones + attributes, registeredAt: WallTime(milliseconds: 0)),
            connected: connected, freeCPU: cpu, freeMemory: memory, tcpPorts: tcp, tasks: tasks,
            tasksOfGroup: ofGroup, tasksOfCrew: ofGroup,
            groups: Set((ofGroup > 0 ? ["g"] : []) + (tasks > ofGroup ? ["other"] : [])))
    }

    /// Places tasks and gives the instances' numbers; 0 is a refusal.
    static func place(
        _ count: Int, _ need: Need, on candidates: [Candidate], seed: UInt64 = 1
    ) -> [Int] {
        var board = Board(candidates)
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in
            switch board.place(need, using: &random) {
            case .success(let id): Int(id.low)
            case .failure: 0
            }
        }
    }

    static func need(
        cpu: Int = 100, memory: Int = 100, tcp: [Int] = [], _ strategies: [PlacementStrategy] = [],
        constraints: [PlacementConstraint] = [], attributes: [Attribute] = []
    ) -> Need {
        Need(
            resources: Resources(cpu: cpu, memory: memory, tcpPorts: tcp),
            requiredAttributes: attributes, constraints: constraints, strategies: strategies,
            group: "g", deployment: Board.deployment)
    }

    @Test("counts what it places: resources and ports run out")
    func resources() {
        let two = [Self.candidate(1, cpu: 250), Self.candidate(2, memory: 100)]
        #expect(Self.place(4, Self.need(), on: two) == [1, 2, 1, 0])
        #expect(Self.place(3, Self.need(cpu: 0, tcp: [80]), on: two).sorted() == [0, 1, 2])
    }

    @Test("spreads over instances, over zones, and over instances within zones")
    func spread() {
        let zones = [
            Self.candidate(1, zone: "a"), Self.candidate(2, zone: "a"),
            Self.candidate(3, zone: "b"),
        ]
        #expect(Self.place(4, Self.need([.spread("instanceId")]), on: zones) == [1, 2, 3, 1])
        #expect(
            Self.place(4, Self.need(Need.serviceDefault), on: zones) == [1, 3, 2, 3])
    }

    @Test("takes an instance without the attribute only if none that fits has it")
    func spreadWithoutAttribute() {
        let some = [Self.candidate(1), Self.candidate(2, cpu: 100, zone: "a")]
        let need = Self.need([.spread("attribute:ecs.availability-zone")])
        #expect(Self.place(2, need, on: some) == [2, 1])
    }

    @Test("packs the fullest that still fits")
    func binpack() {
        let free = [
            Self.candidate(1, cpu: 500), Self.candidate(2, cpu: 150), Self.candidate(3, cpu: 50),
        ]
        #expect(Self.place(3, Self.need([.binpack(.cpu)]), on: free) == [2, 1, 1])
        let memory = [Self.candidate(1, memory: 300), Self.candidate(2, memory: 200)]
        #expect(Self.place(2, Self.need([.binpack(.memory)]), on: memory) == [2, 2])
    }

    @Test("chooses at random, the same with the same seed")
    func random() {
        let many = (1...8).map { Self.candidate($0) }
        let need = Self.need([.random])
        let first = Self.place(20, need, on: many, seed: 3)
        #expect(Self.place(20, need, on: many, seed: 3) == first)
        #expect(Self.place(20, need, on: many, seed: 4) != first)
        #expect(Set(first).count > 3)
    }

    @Test("keeps a group's tasks on distinct instances")
    func distinct() {
        let two = [Self.candidate(1), Self.candidate(2, tasks: 1, ofGroup: 1)]
        let need = Self.need([.random], constraints: [.distinctInstance])
        #expect(Self.place(2, need, on: two) == [1, 0])
    }

    @Test(
        "names what each instance lacked, and the one that came nearest",
        arguments: [
            (candidate(1, status: .draining), Misfit.notActive, "INACTIVE"),
            (candidate(1, connected: false), .agent, "AGENT"),
            (
                candidate(1, attributes: [Attribute(name: "gpu", value: "no")]), .attribute("gpu"),
                "ATTRIBUTE"
            ),
        ])
    func misfits(candidate: Candidate, misfit: Misfit, reason: String) {
        let need = Self.need(attributes: [Attribute(name: "gpu", value: "yes")])
        #expect(candidate.misfit(for: need) == misfit)
        #expect(misfit.failureReason == reason)
    }

    @Test("prefers to blame the instance that passed the most checks")
    func nearest() {
        let all = [
            Self.candidate(1, connected: false), Self.candidate(2, memory: 50),
            Self.candidate(3, cpu: 50), Self.candidate(4, status: .draining),
        ]
        var board = Board(all)
        var random = SeededRandom(seed: 1)
        guard case .failure(let refusal) = board.place(Self.need(), using: &random) else {
            Issue.record("it was placed")
            return
        }
        #expect(refusal.nearest?.instance == Self.id(2))
        #expect(refusal.nearest?.misfit == .memory(needed: 100, free: 50))
        #expect(refusal.count == 4)
        #expect(board.misfits(of: Self.need()).map(\.instance) == (1...4).map { Self.id($0) })
        var empty = Board()
        guard case .failure(let nowhere) = empty.place(Self.need(), using: &random) else {
            Issue.record("it was placed on nothing")
            return
        }
        #expect(nowhere.nearest == nil && nowhere.count == 0)
    }

    @Test("StartTask's named instance must have room but no constraint binds")
    func named() {
        var board = Board([Self.candidate(1, cpu: 150, ofGroup: 1)])
        let need = Self.need(constraints: [.distinctInstance])
        let first = board.place(need, on: Self.id(1))
        #expect(first == nil)
        let second = board.place(need, on: Self.id(1))
        #expect(second == .cpu(needed: 100, free: 50))
        let unknown = board.place(need, on: Self.id(9))
        #expect(unknown == .notActive)
    }

    @Test("never places more than there is", arguments: 1...100)
    func property(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let candidates = (1...5).map { number in
            Self.candidate(
                number, cpu: Int.random(in: 0...500, using: &random),
                memory: Int.random(in: 0...500, using: &random),
                zone: ["a", "b", nil].randomElement(using: &random) ?? nil)
        }
        var board = Board(candidates)
        let strategies: [PlacementStrategy] = [
            .random, .spread("instanceId"), .binpack(.cpu), .binpack(.memory),
            .spread("attribute:ecs.availability-zone"),
        ]
        for _ in 0..<40 {
            let need = Self.need(
                cpu: Int.random(in: 0...120, using: &random),
                memory: Int.random(in: 0...120, using: &random),
                tcp: Bool.random(using: &random) ? [80] : [],
                strategies.shuffled(using: &random))
            _ = board.place(need, using: &random)
        }
        let left = board.candidates(for: Self.need())
        #expect(left.count == 5)
        #expect(left.allSatisfy { $0.freeCPU >= 0 && $0.freeMemory >= 0 })
    }
}
