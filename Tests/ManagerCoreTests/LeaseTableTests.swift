import ManagerCore
import Model
import Testing

@Suite("The lease table")
struct LeaseTableTests {
    let a = InstanceID(high: 0, low: 1)
    let b = InstanceID(high: 0, low: 2)
    let one = SessionID(high: 1, low: 1)
    let two = SessionID(high: 1, low: 2)

    func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    /// Advances every 50 ms, as the shell does, and gives what expired with the time.
    func run(_ table: inout LeaseTable, from start: Int64, to end: Int64) -> [(Int64, Silence)] {
        stride(from: start, through: end, by: 50).compactMap { now in
            table.advance(to: at(now)).map { (now, $0) }
        }
    }

    @Test("A lease runs out when nobody spoke for its length")
    func expiry() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        let expired = run(&table, from: 50, to: 5_000)
        #expect(expired.map(\.0) == [3_000])
        #expect(expired.first?.1.expired == [Lease(instance: a, session: one)])
        #expect(table.count == 0)
        let renewed = table.renew(one, at: at(5_000))
        #expect(!renewed, "who was lost must register again")
    }

    @Test("Contract 5: a lease from before the start is longer by a worker's longest pause")
    func afterStart() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: nil), at: at(0))
        table.open(Lease(instance: b, session: nil), at: at(0))
        #expect(run(&table, from: 50, to: 7_000).isEmpty)
        table.open(Lease(instance: b, session: two), at: at(7_000))
        let expired = run(&table, from: 7_050, to: 12_000)
        #expect(expired.map(\.0) == [8_000, 10_000], "a returned worker's is as any other")
    }

    @Test("A heartbeat renews it whole")
    func renewal() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        #expect(run(&table, from: 50, to: 2_900).isEmpty)
        let renewed = table.renew(one, at: at(2_900))
        #expect(renewed)
        #expect(run(&table, from: 2_950, to: 8_000).map(\.0) == [5_900])
    }

    @Test("A closed connection leaves one second, or less if less was left; a heartbeat undoes it")
    func cut() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        table.open(Lease(instance: b, session: two), at: at(0))
        _ = table.renew(one, at: at(0))
        _ = table.renew(two, at: at(0))
        table.cut(one, at: at(0))
        #expect(run(&table, from: 50, to: 2_500).map(\.0) == [1_000])
        table.cut(two, at: at(2_500))
        #expect(run(&table, from: 2_550, to: 3_500).map(\.0) == [3_000])
        table.open(Lease(instance: a, session: one), at: at(3_500))
        _ = table.renew(one, at: at(3_500))
        table.cut(one, at: at(3_500))
        let renewed = table.renew(one, at: at(3_600))
        #expect(renewed)
        #expect(run(&table, from: 3_600, to: 6_500).isEmpty)
    }

    @Test("It knows the session of an instance that is connected")
    func session() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        #expect(table.session(of: a) == one && table.session(of: b) == nil)
        table.cut(one, at: at(10))
        #expect(table.session(of: a) == nil)
        table.open(Lease(instance: a, session: two), at: at(20))
        #expect(table.session(of: a) == two)
    }

    @Test("Contract 5: who gave up on a manager that stood still has the time to come back")
    func cutAfterStandstill() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        table.open(Lease(instance: b, session: two), at: at(0))
        #expect(run(&table, from: 50, to: 1_000).isEmpty)
        _ = table.renew(two, at: at(1_000))
        // What came meanwhile is read before time is: a late heartbeat, then the end of the
        // connection that the worker closed since nobody answered.
        _ = table.renew(one, at: at(21_000))
        table.cut(one, at: at(21_000))
        #expect(run(&table, from: 21_000, to: 23_600).map(\.1.expired[0].instance) == [])
        #expect(run(&table, from: 23_650, to: 28_500).map(\.1.expired[0].instance) == [b])
        #expect(run(&table, from: 28_550, to: 30_000).map(\.1.expired[0].instance) == [a])
        #expect(run(&table, from: 30_050, to: 40_000).isEmpty)
        // Long after, a closed connection means what it always does.
        table.open(Lease(instance: a, session: one), at: at(40_000))
        #expect(run(&table, from: 40_050, to: 42_000).isEmpty)
        _ = table.renew(one, at: at(42_000))
        table.cut(one, at: at(42_000))
        #expect(run(&table, from: 42_050, to: 43_100).map(\.0) == [43_000])
    }

    @Test("Contract 5: a registration whose answer reached nobody leaves the time to come back")
    func cutBeforeHeartbeat() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        table.cut(one, at: at(0))
        #expect(run(&table, from: 50, to: 9_000).map(\.0) == [8_000])
    }

    @Test("Contract 5: who was on the way back when the manager stood still has the time again")
    func standstillOnTheWayBack() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: nil), at: at(0))
        table.open(Lease(instance: b, session: two), at: at(0))
        #expect(run(&table, from: 50, to: 2_900).isEmpty)
        _ = table.renew(two, at: at(2_900))
        // Its attempt met nobody for six seconds; its longest pause may begin only now.
        let silence = table.advance(to: at(8_900))
        #expect(silence == nil)
        let rest = run(&table, from: 8_950, to: 20_000)
        #expect(rest.map(\.1.expired[0].instance) == [b, a])
        #expect(rest.map(\.0) == [11_650, 16_900], "a silent one has what was left of its lease")
    }

    @Test("Contract 5: while registrations are turned away, nobody on the way back is lost")
    func turnedAway() {
        var table = LeaseTable(settings: .init(), now: at(0))
        let c = InstanceID(high: 0, low: 3)
        let three = SessionID(high: 1, low: 3)
        for (instance, session) in [(a, one), (b, two), (c, three)] {
            table.open(Lease(instance: instance, session: session), at: at(0))
            _ = table.renew(session, at: at(0))
        }
        // One was told to register again, one closed its connection, one is just silent.
        table.sentBack(one)
        table.cut(two, at: at(500))
        #expect(run(&table, from: 50, to: 1_000).isEmpty)
        table.turnedAway(at: at(1_000))
        let rest = run(&table, from: 1_050, to: 20_000)
        #expect(rest.map(\.0) == [3_000, 9_000], "a lease and the longest pause to try again")
        #expect(rest.map { $0.1.expired.map(\.instance) } == [[c], [a, b]])
    }

    @Test("Contract 5: A gap counts as next to nothing", arguments: [10_000, 3_600_000] as [Int64])
    func gap(length: Int64) {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        _ = table.renew(one, at: at(0))
        #expect(run(&table, from: 50, to: 2_000).isEmpty)
        let silence = table.advance(to: at(2_000 + length))
        #expect(silence == nil)
        let rest = run(&table, from: 2_050 + length, to: 4_000 + length)
        #expect(rest.map(\.0) == [2_750 + length], "250 ms of the gap count")
    }

    @Test("Contract 5: A manager that hardly gets to run hears nobody's silence soon")
    func starved() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        var expiredAt: Int64?
        for now in stride(from: Int64(1_000), through: 20_000, by: 1_000) where expiredAt == nil {
            if table.advance(to: at(now)) != nil { expiredAt = now }
        }
        #expect(expiredAt == 12_000)
    }

    @Test("A clock that goes back, which none should, harms nobody")
    func backwards() {
        var table = LeaseTable(settings: .init(), now: at(10_000))
        table.open(Lease(instance: a, session: one), at: at(10_000))
        let silence = table.advance(to: at(0))
        #expect(silence == nil)
        #expect(run(&table, from: 10_000, to: 12_900).isEmpty)
    }

    @Test("Closing names a session: an old one closes nothing")
    func staleClose() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: nil), at: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        table.close(Lease(instance: a, session: nil))
        #expect(table.count == 1)
        table.open(Lease(instance: a, session: two), at: at(0))
        let stale = table.renew(one, at: at(0))
        #expect(!stale)
        table.cut(one, at: at(0))
        table.close(Lease(instance: a, session: one))
        let renewed = table.renew(two, at: at(0))
        #expect(renewed && table.count == 1)
        table.close(Lease(instance: a, session: two))
        #expect(table.count == 0)
    }

    @Test("An expiry tells who else is late: no heartbeat when one was due, or no connection")
    func late() {
        var table = LeaseTable(settings: .init(), now: at(0))
        table.open(Lease(instance: a, session: one), at: at(0))
        for index in 2...5 {
            let session = SessionID(high: 1, low: UInt64(index))
            table.open(
                Lease(instance: InstanceID(high: 0, low: UInt64(index)), session: session),
                at: at(0))
        }
        #expect(run(&table, from: 50, to: 1_400).isEmpty)
        _ = table.renew(SessionID(high: 1, low: 2), at: at(1_400))
        #expect(run(&table, from: 1_450, to: 2_500).isEmpty)
        for index in 3...5 {
            _ = table.renew(SessionID(high: 1, low: UInt64(index)), at: at(2_500))
        }
        table.cut(SessionID(high: 1, low: 4), at: at(2_500))
        let silence = run(&table, from: 2_550, to: 3_000).first?.1
        #expect(silence?.expired == [Lease(instance: a, session: one)])
        #expect(silence?.late == [b, InstanceID(high: 0, low: 4)])
    }
}
