import LogSupport
import Logging
import NIOCore
import NIOEmbedded
import RPC
import Testing

@Suite("What strangers may write into a log")
struct LogAllowanceTests {
    @Test("So many lines in a period, then the number of the others, then lines again")
    func bound() {
        var allowance = LogAllowance(lines: 3, period: .seconds(1))
        let first = (0..<3).map { allowance.ask(at: .milliseconds($0 * 100)) }
        #expect(first == [.write, .write, .write])
        #expect(allowance.ask(at: .milliseconds(400)) == .leaveOut(tellAfter: .milliseconds(600)))
        #expect(allowance.ask(at: .milliseconds(999)) == .leaveOut(tellAfter: nil))
        #expect(allowance.takeLeftOut() == 2)
        #expect(allowance.takeLeftOut() == 0)
        #expect(allowance.ask(at: .seconds(1)) == .write)
    }

    @Test("A flood of an hour fills ten lines a second and one that counts the others")
    func flood() {
        var allowance = LogAllowance()
        var (written, told, counted) = (0, 0, 0)
        var tellAt: Duration?
        let asked = 3_600 * 100
        for tick in 0..<asked {
            let now = Duration.milliseconds(tick * 10)
            if let due = tellAt, due <= now {
                counted += allowance.takeLeftOut()
                told += 1
                tellAt = nil
            }
            switch allowance.ask(at: now) {
            case .write: written += 1
            case .leaveOut(let delay?): tellAt = now + delay
            case .leaveOut(nil): break
            }
        }
        counted += allowance.takeLeftOut()
        #expect(written == 36_000)
        #expect(told == 3_599)
        #expect(written + counted == asked)
    }

    @Test("A late count leaves none out")
    func lateCount() {
        var allowance = LogAllowance(lines: 1, period: .seconds(1))
        _ = allowance.ask(at: .zero)
        #expect(allowance.ask(at: .zero) == .leaveOut(tellAfter: .seconds(1)))
        #expect(allowance.ask(at: .seconds(5)) == .write)
        #expect(allowance.ask(at: .seconds(5)) == .leaveOut(tellAfter: nil))
        #expect(allowance.takeLeftOut() == 2)
    }

    @Test("The log says how many lines it leaves out")
    func log() {
        let book = LogBook()
        let loop = EmbeddedEventLoop()
        let log = StrangerLog(book.logger, LogAllowance(lines: 2, period: .seconds(60)))
        for number in 0..<5 { log.log(.notice, "refused", on: loop, ["peer": "\(number)"]) }
        #expect(book.all == ["notice refused peer=0", "notice refused peer=1"])
        loop.advanceTime(by: .seconds(60))
        #expect(book.all.count == 3)
        #expect(book.lines(with: "left out", "lines=3").count == 1)
    }
}
