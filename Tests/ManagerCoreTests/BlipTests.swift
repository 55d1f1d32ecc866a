import ManagerCore
import Model
import Testing

/// Many connections close at one moment, and the manager is slower to let their workers in again
/// than the second is long that a cut lease leaves.
@Suite("A blip that cuts many workers")
struct BlipTests {
    /// Workers and their manager's door, in virtual time.
    struct Door {
        var table: LeaseTable
        private(set) var now: Int64 = 0
        private(set) var lost: [Int: Int64] = [:]
        private var sessions: [SessionID]
        /// Who stands at the door, first come first served.
        private var queue: [Int] = []
        private var comers: [(at: Int64, worker: Int)] = []
        private var credit = 0.0
        let perSecond: Double
        /// Connections at the door that are no worker's.
        var strangers = 0

        init(_ count: Int, perSecond: Double) {
            self.perSecond = perSecond
            table = LeaseTable(settings: .init(), now: Instant(milliseconds: 0))
            sessions = (0..<count).map { SessionID(high: 1, low: UInt64($0)) }
            for worker in 0..<count { open(worker) }
            // Heartbeats are spread over a period.
            run(milliseconds: 1_000) { table, now in
                for worker in 0..<count where Int64(worker % 20) * 50 == now - 50 {
                    _ = table.renew(
                        SessionID(high: 1, low: UInt64(worker)), at: Instant(milliseconds: now))
                }
            }
        }

        private mutating func open(_ worker: Int) {
            let lease = Lease(instance: Self.instance(worker), session: sessions[worker])
            table.open(lease, at: Instant(milliseconds: now))
        }

        static func instance(_ worker: Int) -> InstanceID {
            InstanceID(high: 0, low: UInt64(worker))
        }

        /// Their connections close; those that return draw a pause of up to 0.4 s, as workers do.
        mutating func cut(_ workers: Range<Int>, returning: (Int) -> Bool) {
            var random = SeededRandom(seed: 7)
            for worker in workers {
                table.cut(sessions[worker], at: Instant(milliseconds: now))
                let pause = Int64(random.next() % 400)
                if returning(worker) { comers.append((now + pause, worker)) }
            }
        }

        mutating func run(
            milliseconds: Int64, _ each: (inout LeaseTable, Int64) -> Void = { _, _ in }
        ) {
            let end = now + milliseconds
            while now < end {
                now += 50
                each(&table, now)
                queue += comers.filter { $0.at <= now }.map(\.worker)
                comers.removeAll { $0.at <= now }
                credit = min(credit, 0) + perSecond / 20
                while credit >= 1, !queue.isEmpty {
                    credit -= 1
                    let worker = queue.removeFirst()
                    sessions[worker] = SessionID(high: 2, low: UInt64(worker))
                    open(worker)
                }
                let silence = table.advance(
                    to: Instant(milliseconds: now), arriving: queue.count + strangers)
                for lease in silence?.expired ?? [] {
                    lost[Int(lease.instance.low)] = now
                }
            }
        }
    }

    @Test("3,600 workers at 1,250 a second: the last is back after 2.9 s, and none is lost")
    func blip() {
        var door = Door(3_600, perSecond: 1_250)
        door.cut(0..<3_600) { _ in true }
        door.run(milliseconds: 2_950)
        #expect(door.lost.isEmpty)
    }

    @Test("Who does not come back among many who do is lost when its whole lease is over")
    func deadAmongThem() throws {
        var door = Door(2_000, perSecond: 1_250)
        let cutAt = door.now
        door.cut(0..<2_000) { $0 % 100 != 0 }
        door.run(milliseconds: 3_000)
        #expect(door.lost.keys.sorted() == (0..<20).map { $0 * 100 })
        let last = try #require(door.lost.values.max())
        #expect(last <= cutAt + 3_000)
        #expect(last > cutAt + 1_000, "it was waited for")
    }

    @Test("A host, or a rack, that dies and does not come is lost after a second")
    func rack() {
        for count in [1, 100] {
            var door = Door(1_000, perSecond: 1_250)
            let cutAt = door.now
            door.cut(0..<count) { _ in false }
            door.run(milliseconds: 1_000)
            #expect(door.lost.count == count)
            #expect(door.lost.values.allSatisfy { $0 == cutAt + 1_000 })
        }
    }

    @Test("Strangers at the door put nothing off for a few, and for many to the whole lease")
    func strangers() throws {
        for (count, limit) in [(LeaseTable.crowd - 1, 1_000), (LeaseTable.crowd, 3_000)] {
            var door = Door(1_000, perSecond: 1_250)
            let cutAt = door.now
            door.strangers = 10_000
            door.cut(0..<count) { _ in false }
            door.run(milliseconds: Int64(limit))
            #expect(door.lost.count >= count)
            #expect((0..<count).allSatisfy { (door.lost[$0] ?? .max) <= cutAt + Int64(limit) })
        }
    }
}
