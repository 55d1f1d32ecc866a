import Model
import Placement
import QueryLanguage
import Testing

/// The rule of strategies in its plain form: each task looks at every instance.
struct NaiveBoard {
    var candidates: [Candidate]

    mutating func place(_ need: Need, using random: inout SeededRandom) -> InstanceID? {
        var left = candidates.indices.filter { candidates[$0].misfit(for: need) == nil }
        for strategy in need.strategies where left.count > 1 {
            switch strategy {
            case .random: left = left.randomElement(using: &random).map { [$0] } ?? []
            case .binpack(.cpu): keepLeast(&left) { candidates[$0].freeCPU }
            case .binpack(.memory): keepLeast(&left) { candidates[$0].freeMemory }
            case .spread(let field): spread(&left, over: field)
            }
        }
        guard let chosen = left.min(by: { candidates[$0].tasks < candidates[$1].tasks })
        else { return nil }
        candidates[chosen].freeCPU -= need.resources.cpu
        candidates[chosen].freeMemory -= need.resources.memory
        candidates[chosen].tcpPorts.formUnion(need.resources.tcpPorts)
        candidates[chosen].tasks += 1
        candidates[chosen].tasksOfGroup += 1
        candidates[chosen].tasksOfCrew += 1
        candidates[chosen].groups.insert(need.group)
        return candidates[chosen].instance.id
    }

    private func spread(_ left: inout [Int], over field: String) {
        guard field.hasPrefix("attribute:") else {
            keepLeast(&left) { candidates[$0].tasksOfCrew }
            return
        }
        let name = String(field.dropFirst("attribute:".count))
        let value = { (index: Int) in
            candidates[index].instance.attributes.first { $0.name == name }?.value
        }
        keepLeast(&left) { index in
            guard let own = value(index) else { return .max }
            return candidates.indices.filter { value($0) == own }
                .reduce(0) { $0 + candidates[$1].tasksOfCrew }
        }
    }

    private func keepLeast(_ left: inout [Int], _ key: (Int) -> Int) {
        let least = left.map(key).min()
        left = left.filter { key($0) == least }
    }
}

@Suite("A choice of place")
struct ChoiceTests {
    private static func candidate(_ number: Int, _ random: inout SeededRandom) -> Candidate {
        let rack = ["r1", "r2", "r3", "r4"].randomElement(using: &random)
        let ofGroup = Int.random(in: 0...3, using: &random)
        var candidate = BoardTests.candidate(
            number, cpu: Int.random(in: 0...6, using: &random) * 100,
            memory: Int.random(in: 0...6, using: &random) * 100,
            zone: ["a", "b", "c", nil].randomElement(using: &random) ?? nil,
            status: Int.random(in: 0..<10, using: &random) == 0 ? .draining : .active,
            connected: Int.random(in: 0..<10, using: &random) > 0,
            tasks: ofGroup + Int.random(in: 0...2, using: &random), ofGroup: ofGroup,
            tcp: Bool.random(using: &random) ? [80] : [],
            attributes: Bool.random(using: &random) ? [Attribute(name: "rack", value: rack)] : [])
        candidate.tasksOfCrew = Int.random(in: 0...ofGroup, using: &random)
        return candidate
    }

    private static func expressions(_ random: inout SeededRandom) -> [PlacementConstraint] {
        [
            "attribute:rack in [r1, r2]", "attribute:rack exists and agentConnected == true",
            "not(task:group == g)", "task:group =~ oth.*", "runningTasksCount < 4",
            "attribute:rack == r1 or task:group != other and runningTasksCount > 0",
        ].filter { _ in Int.random(in: 0..<12, using: &random) == 0 }
            .map { .memberOf(ClusterQuery(accepted: $0)) }
    }

    private static func need(_ random: inout SeededRandom) -> Need {
        let strategies: [PlacementStrategy] = [
            .random, .spread("instanceId"), .spread("attribute:rack"), .binpack(.cpu),
            .binpack(.memory), .spread("attribute:\(Need.zoneAttribute)"),
        ]
        let isDistinct = Int.random(in: 0..<4, using: &random) == 0
        return BoardTests.need(
            cpu: Int.random(in: 0...2, using: &random) * 50,
            memory: Int.random(in: 0...2, using: &random) * 50,
            tcp: Int.random(in: 0..<4, using: &random) == 0 ? [80] : [],
            Array(
                strategies.shuffled(using: &random)
                    .prefix(Int.random(in: 0...3, using: &random))),
            constraints: (isDistinct ? [.distinctInstance] : []) + expressions(&random),
            attributes: Int.random(in: 0..<5, using: &random) == 0
                ? [Attribute(name: "rack", value: nil)] : [])
    }

    @Test("chooses as looking at every instance would, and draws as often", arguments: 1...300)
    func choices(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let candidates = (1...Int.random(in: 1...25, using: &random)).map {
            Self.candidate($0, &random)
        }
        var board = Board(candidates)
        var naive = NaiveBoard(candidates: candidates)
        var (draws, naiveDraws) = (random, random)
        for _ in 0..<4 {
            let need = Self.need(&random)
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                let expected = naive.place(need, using: &naiveDraws)
                let placed = board.place(need, using: &draws)
                #expect(expected == (try? placed.get()))
                guard case .failure(let refusal) = placed else { continue }
                let misfits = naive.candidates.compactMap { candidate in
                    candidate.misfit(for: need).map {
                        Refusal.Entry(instance: candidate.instance.id, misfit: $0)
                    }
                }
                #expect(board.misfits(of: need) == misfits)
                #expect(refusal.count == misfits.count)
                #expect(refusal.nearest.map { misfits.contains($0) } ?? misfits.isEmpty)
            }
        }
        for (left, right) in zip(board.candidates(for: Self.need(&random)), naive.candidates) {
            #expect(left.freeCPU == right.freeCPU && left.freeMemory == right.freeMemory)
            #expect(left.tcpPorts == right.tcpPorts && left.tasks == right.tasks)
            #expect(left.tasksOfGroup == right.tasksOfGroup)
            #expect(left.tasksOfCrew == right.tasksOfCrew)
        }
        #expect(draws.next() == naiveDraws.next())
    }

    @Test("knows of room that StartTask took")
    func started() {
        var board = Board([BoardTests.candidate(1, cpu: 200), BoardTests.candidate(2, cpu: 200)])
        let need = BoardTests.need([.spread("instanceId")])
        var random = SeededRandom(seed: 1)
        #expect(board.place(need, on: BoardTests.id(1)) == nil)
        #expect(board.place(need, using: &random) == .success(BoardTests.id(2)))
        #expect(board.place(need, on: BoardTests.id(1)) == nil)
        #expect(board.place(need, using: &random) == .success(BoardTests.id(2)))
        #expect((try? board.place(need, using: &random).get()) == nil)
    }
}
