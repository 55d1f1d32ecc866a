import ClusterState
import ECSAPI
import Events
import Model
import Testing

@Suite("Reading events", .timeLimit(.minutes(1)))
struct ReaderTests {
    private func hub(
        _ world: World, past: Bool = true, _ change: (inout EventHub.Limits) -> Void = { _ in }
    ) -> EventHub {
        var limits = EventHub.Limits()
        limits.linger = .zero
        limits.heartbeat = .milliseconds(50)
        change(&limits)
        return EventHub(
            account: "123456789012", source: world, past: past ? world : nil, limits: limits)
    }

    /// The numbers of tasks until there are as many.
    private func read(
        _ count: Int, _ reader: inout EventReader
    ) async -> (numbers: [UInt64], gaps: [EventGap]) {
        var numbers: [UInt64] = []
        var gaps: [EventGap] = []
        while numbers.count < count {
            switch await reader.next() {
            case .events(let events): numbers += events.map(number)
            case .gap(let gap): gaps.append(gap)
            case .quiet: continue
            case .behind, .ended: return (numbers, gaps)
            }
        }
        return (numbers, gaps)
    }

    @Test("A reader gets what happens from then on, in order, and nobody is asked before")
    func now() async {
        let world = World()
        world.run(1...3)
        let hub = hub(world)
        #expect(!world.isHeard)
        var reader = await hub.reader(from: .now, slowness: .isEnd)
        #expect(world.isHeard && reader.cursor == EventCursor(revision: 4))
        world.run(4...5)
        world.run(6...500)
        #expect(await read(497, &reader).numbers == Array(4...500))
        #expect(reader.cursor == EventCursor(revision: 501))
    }

    @Test("When the last reader went nothing is listened to any more, and a new one begins anew")
    func departure() async throws {
        let world = World()
        let hub = hub(world)
        do {
            _ = await hub.reader(from: .now, slowness: .isEnd)
        }
        try await wait { !world.isHeard }
        world.run(1...9)
        var reader = await hub.reader(from: .now, slowness: .isEnd)
        world.run(10...10)
        #expect(await read(1, &reader).numbers == [10])
    }

    @Test("From a place of before a reader gets what the journal has, and then what happens")
    func resume() async {
        let world = World()
        world.run(1...1_200)
        let hub = hub(world)
        var reader = await hub.reader(from: .after(EventCursor(revision: 11)), slowness: .isEnd)
        world.run(1_201...1_300)
        let (numbers, gaps) = await read(1_290, &reader)
        #expect(numbers == Array(11...1_300) && gaps.isEmpty)
    }

    @Test("A place within a change's events is gone on from within")
    func partOfChange() async {
        let world = World()
        let service = Model.Service(
            id: ServiceID(high: 3, low: 1), cluster: World.cluster.id, name: "web", desiredCount: 1,
            deployments: (1...3).map {
                Deployment(
                    id: DeploymentID(number: $0),
                    taskDefinition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                    createdAt: WallTime(milliseconds: 0), updatedAt: WallTime(milliseconds: 0))
            }, createdAt: WallTime(milliseconds: 0))
        world.change([.service(service)])
        world.run(1...1)
        let hub = hub(world)
        var reader = await hub.reader(
            from: .after(EventCursor(revision: 2, part: 1)), slowness: .isEnd)
        guard case .events(let events) = await reader.next() else {
            Issue.record("no events")
            return
        }
        #expect(events.map { "\($0.cursor)" } == ["2-2", "2", "3"])
    }

    @Test("From a time on")
    func since() async {
        let world = World()
        world.run(1...50)
        let hub = hub(world)
        var reader = await hub.reader(
            from: .since(WallTime(milliseconds: 42)), slowness: .isEnd)
        #expect(await read(10, &reader).numbers == Array(41...50))
    }

    @Test("What is not kept any more is a gap, and the rest follows")
    func gap() async {
        let world = World()
        world.run(1...50)
        world.forget(upTo: 30)
        let hub = hub(world)
        for start in [
            EventReader.Start.after(EventCursor(revision: 11)), .since(WallTime(milliseconds: 12)),
        ] {
            var reader = await hub.reader(from: start, slowness: .isEnd)
            let (numbers, gaps) = await read(20, &reader)
            #expect(numbers == Array(31...50))
            #expect(gaps.map(\.next) == [EventCursor(revision: 31)])
        }
    }

    @Test("A place of another journal is a gap, and it goes on with now")
    func foreign() async {
        let world = World()
        world.run(1...5)
        let hub = hub(world)
        var reader = await hub.reader(from: .after(EventCursor(revision: 99)), slowness: .isEnd)
        world.run(6...6)
        let (numbers, gaps) = await read(1, &reader)
        #expect(numbers == [6])
        #expect(gaps.map(\.next) == [EventCursor(revision: 6)])
    }

    @Test("Where no changes are kept, what is out of the ring is a gap")
    func noPast() async {
        let world = World()
        world.run(1...5)
        let hub = hub(world, past: false)
        var reader = await hub.reader(from: .after(EventCursor(revision: 2)), slowness: .isEnd)
        world.run(6...6)
        let (numbers, gaps) = await read(1, &reader)
        #expect(numbers == [6] && gaps.count == 1)
    }

    @Test("Who falls out of the ring is ended, or goes on from the journal, as it wishes")
    func slow() async throws {
        let world = World()
        let hub = hub(world) { $0.events = 10 }
        var ended = await hub.reader(from: .now, slowness: .isEnd)
        var patient = await hub.reader(from: .now, slowness: .catchesUp)
        world.run(1...1)
        #expect(await read(1, &ended).numbers == [1])
        #expect(await read(1, &patient).numbers == [1])
        world.run(2...100)
        var last = await hub.reader(from: .now, slowness: .isEnd)
        world.run(101...101)
        // All before it were made, too.
        #expect(await read(1, &last).numbers.last == 101)
        guard case .behind = await ended.next() else {
            Issue.record("it should be behind")
            return
        }
        let (numbers, gaps) = await read(100, &patient)
        #expect(numbers == Array(2...101) && gaps.isEmpty)
    }

    @Test("The ring is bounded by bytes too")
    func bytes() async throws {
        let world = World()
        let hub = hub(world) { $0.bytes = 5_000 }
        var reader = await hub.reader(from: .now, slowness: .isEnd)
        world.run(1...1)
        #expect(await read(1, &reader).numbers == [1])
        world.run(2...100)
        var last = await hub.reader(from: .now, slowness: .isEnd)
        world.run(101...101)
        #expect(await read(1, &last).numbers.last == 101)
        guard case .behind = await reader.next() else {
            Issue.record("it should be behind")
            return
        }
    }

    @Test("Changes that were not handed over are found in the journal")
    func hole() async {
        let world = World()
        let hub = hub(world)
        var reader = await hub.reader(from: .now, slowness: .catchesUp)
        world.run(1...1)
        #expect(await read(1, &reader).numbers == [1])
        world.run(2...9, isTold: false)
        world.run(10...10)
        let (numbers, gaps) = await read(9, &reader)
        #expect(numbers == Array(2...10) && gaps.isEmpty)
    }

    @Test("When nothing happens a reader hears that, and its place moves on")
    func heartbeat() async {
        let world = World()
        let hub = hub(world)
        var reader = await hub.reader(from: .now, slowness: .isEnd)
        // No event, but a change.
        world.change([.cluster(World.cluster)])
        var quiets = 0
        while reader.cursor < EventCursor(revision: 2) {
            guard case .quiet = await reader.next() else { break }
            quiets += 1
        }
        #expect(quiets > 0 && reader.cursor == EventCursor(revision: 2))
    }

    @Test("All readers end when the hub is closed, and when their task is cancelled")
    func ends() async throws {
        let world = World()
        let hub = hub(world)
        let reader = await hub.reader(from: .now, slowness: .isEnd)
        func waitForEnd() async -> Bool {
            var reader = reader
            while true {
                switch await reader.next() {
                case .quiet: continue
                case .ended: return true
                default: return false
                }
            }
        }
        let cancelled = Task { await waitForEnd() }
        cancelled.cancel()
        #expect(await cancelled.value)
        let closed = Task { await waitForEnd() }
        hub.close()
        #expect(await closed.value)
        try await wait { !world.isHeard }
    }
}
