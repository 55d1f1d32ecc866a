import Model
import Testing
import WorkerCore

/// Ten thousand workers lose their manager at one moment and must not come back at one.
@Suite("A herd of workers", .serialized)
struct HerdTests {
    let count = 10_000
    let fewer = 2_000

    /// How long it takes until every worker has a session again.
    private func back(_ herd: inout Herd, within limit: Int64) -> Int64 {
        herd.runUntilBack(limit: limit) ?? .max
    }

    @Test("The manager is back at once: one attempt each, all within 0.4 s, evenly spread")
    func backAtOnce() {
        var herd = Herd.settled(count)
        let lost = herd.now
        herd.loseManager()
        let took = back(&herd, within: 10_000)
        #expect(took <= 410, "the manager leaves a worker a second from the end of its connection")
        #expect(herd.log.connects.count == count)
        let windows = herd.log.connects.windows(of: 100, from: lost, to: lost + 400)
        #expect(windows.allSatisfy { (2_250...2_750).contains($0) }, "within a tenth of the mean")
    }

    @Test("The manager is gone for 30 s: attempts thin out, and the return is spread over seconds")
    func gone() throws {
        var herd = Herd.settled(count)
        let lost = herd.now
        herd.manager = .gone
        herd.loseManager()
        herd.run(milliseconds: 30_000)
        let down = herd.log.connects.windows(of: 1_000, from: lost, to: lost + 30_000)
        #expect(down[0] <= 3 * count, "two or three attempts within the cut lease")
        let early = herd.log.connects.windows(of: 100, from: lost, to: lost + 1_000)
        #expect(early.allSatisfy { $0 <= count / 2 }, "twice the mean of the first second")
        #expect(down[10...].allSatisfy { $0 <= count / 2 }, "every other second or more seldom")

        herd.manager = .up
        herd.log.connects = []
        let returned = herd.now
        let took = back(&herd, within: 10_000)
        #expect(took <= 5_010, "the longest pause")
        #expect(herd.log.connects.count == count)
        let windows = herd.log.connects.windows(of: 100, from: returned, to: returned + 5_000)
        let mean = count / windows.count
        #expect(try #require(windows.max()) <= 5 * mean / 2)
    }

    @Test("The manager refuses half of the connections: the others are back as soon")
    func flaky() {
        var herd = Herd.settled(count)
        let lost = herd.now
        herd.manager = .flaky
        herd.loseManager()
        let took = back(&herd, within: 60_000)
        let windows = herd.log.connects.windows(of: 100, from: lost, to: herd.now)
        #expect(took <= 35_000, "some are refused many times")
        #expect(herd.log.connects.count <= 21 * count / 10, "two each, by chance")
        #expect(windows[..<4].allSatisfy { $0 <= 3_500 })
        #expect(windows[4...].allSatisfy { $0 <= 1_000 })
    }

    @Test("A manager that makes 1,500 connections a second has all back within 9 s")
    func slow() {
        var herd = Herd.settled(count)
        herd.manager = .slow(perSecond: 1_500)
        herd.loseManager()
        let took = back(&herd, within: 60_000)
        #expect(took <= 9_000, "6.7 s of work, and what was given up")
        #expect(herd.log.connects.count <= 3 * count / 2)
    }

    @Test("A manager at its bounds is asked again on the same connection, ever more seldom")
    func exhausted() {
        var herd = Herd.settled(fewer)
        let lost = herd.now
        herd.manager = .refusing(.exhausted)
        herd.loseManager()
        herd.run(milliseconds: 20_000)
        let connects = herd.log.connects.windows(of: 1_000, from: lost, to: herd.now)
        let registrations = herd.log.registrations.windows(of: 1_000, from: lost, to: herd.now)
        #expect(connects[1...].allSatisfy { $0 <= fewer / 5 }, "handshakes are what is dear")
        #expect(registrations[0] <= 3 * fewer)
        #expect(registrations[10...].allSatisfy { $0 <= fewer / 2 })
        herd.manager = .up
        #expect(back(&herd, within: 10_000) <= 5_010)
    }

    @Test("A manager that can't answer now is tried ever more seldom")
    func unavailable() {
        var herd = Herd.settled(fewer)
        let lost = herd.now
        herd.manager = .refusing(.unavailable)
        herd.loseManager()
        herd.run(milliseconds: 20_000)
        let connects = herd.log.connects.windows(of: 1_000, from: lost, to: herd.now)
        #expect(connects[0] <= 3 * fewer)
        #expect(connects[10...].allSatisfy { $0 <= fewer / 2 })
        herd.manager = .up
        #expect(back(&herd, within: 10_000) <= 5_010)
    }

    @Test("Streams that all end at once are opened again one by one, and ever more seldom")
    func streams() {
        var herd = Herd.settled(fewer)
        let lost = herd.now
        herd.manager = .endingStreams
        herd.endStreams()
        herd.run(milliseconds: 20_000)
        let early = herd.log.streams.windows(of: 100, from: lost, to: lost + 1_000)
        let all = herd.log.streams.windows(of: 1_000, from: lost, to: herd.now)
        #expect(early.allSatisfy { $0 <= fewer / 2 })
        #expect(all[10...].allSatisfy { $0 <= fewer / 2 })
        #expect(herd.log.connects.isEmpty && herd.log.registrations.isEmpty)
    }

    @Test("Sessions that all end at once are renewed over a heartbeat's period, without a connect")
    func sessions() throws {
        var herd = Herd.settled(fewer)
        let lost = herd.now
        herd.loseSessions()
        herd.run(milliseconds: 3_000)
        let windows = herd.log.registrations.windows(of: 100, from: lost, to: lost + 1_000)
        #expect(herd.log.registrations.count == fewer)
        #expect(try #require(windows.max()) <= 2 * fewer / windows.count)
        #expect(herd.log.connects.isEmpty)
    }
}
