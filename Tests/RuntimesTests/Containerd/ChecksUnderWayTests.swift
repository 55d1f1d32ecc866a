import CRI
import Testing

@testable import Runtimes

@Suite("Whose processes a health check's are")
struct ChecksUnderWayTests {
    private func started(_ pid: UInt32, _ process: String = "4711", in container: String = "c")
        -> TaskExecStarted
    {
        TaskExecStarted(container: container, process: process, pid: pid)
    }

    @Test("Those that started in its container while it ran, and no commands")
    func notes() {
        let checks = ChecksUnderWay()
        checks.note(started(10))
        checks.begin(in: "c")
        checks.note(started(11))
        checks.note(started(12, "exec-abc"))
        checks.note(started(13, in: "d"))
        // What no process of a container has.
        checks.note(started(0))
        checks.note(started(1))
        #expect(checks.end(in: "c") == [11])
        checks.note(started(14))
        #expect(checks.end(in: "c") == [])
    }

    @Test("There is an end to what is remembered")
    func bound() {
        let checks = ChecksUnderWay()
        checks.begin(in: "c")
        for pid in 2...1_000 { checks.note(started(UInt32(pid))) }
        #expect(checks.end(in: "c").count == 8)
    }
}
