import Runtimes
import Testing

@Suite("Lines of output")
struct LogLineTests {
    private func line(_ text: String) -> LogLine? { LogLine(Array(text.utf8)[...]) }

    @Test("A line tells its time, its stream, whether it goes on, and its text as it was")
    func parts() throws {
        let whole = try #require(line("2026-11-28T16:44:10.123456789Z stdout F  two  spaces"))
        #expect(whole.time == 1_795_884_250_123_456_789)
        #expect(!whole.isError && whole.isWhole)
        #expect(whole.text == Array(" two  spaces".utf8))
        let part = try #require(line("1970-01-01T00:00:01Z stderr P x"))
        #expect(part.time == 1_000_000_000 && part.isError && !part.isWhole)
        #expect(line("1970-01-01T00:00:00Z stdout F ")?.text == [])
        #expect(line("1970-01-01T00:00:00Z stdout F")?.text == [])
        #expect(line("1970-01-01T00:00:00Z stdout F:tag a")?.text == Array("a".utf8))
        let odd = LogLine(Array("1970-01-01T00:00:00Z stdout F ".utf8)[...] + [0xFF, 0, 0x0D])
        #expect(odd?.text == [0xFF, 0, 0x0D])
    }

    @Test(
        "Times are of any offset and with any fraction",
        arguments: [
            ("2026-11-28T16:44:10.5Z", 1_795_884_250_500_000_000),
            ("2026-11-28T18:44:10.5+02:00", 1_795_884_250_500_000_000),
            ("2026-11-28T09:14:10.5-07:30", 1_795_884_250_500_000_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000_000_000),
            ("2000-03-01T00:00:00Z", 951_868_800_000_000_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000_000_000),
        ])
    func times(text: String, nanoseconds: Int64) {
        #expect(line("\(text) stdout F a")?.time == nanoseconds)
    }

    @Test(
        "What has another form is no line",
        arguments: [
            "", " ", "hello", "2026-11-28T16:44:10Z", "2026-11-28T16:44:10Z stdout",
            "2026-11-28T16:44:10Z other F a", "2026-11-28T16:44:10Z stdout X a",
            "2026-13-28T16:44:10Z stdout F a", "2026-11-28T16:44:10 stdout F a",
            "2026-11-28T16:44:10.Z stdout F a", "2026-11-28T16:44:10.1234567890Z stdout F a",
            "9999-11-28T16:44:10Z stdout F a", "2026-11-28T16:44:10Zx stdout F a",
        ])
    func strangers(text: String) {
        #expect(line(text) == nil)
    }
}
