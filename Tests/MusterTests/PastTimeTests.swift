import ECSAPI
import Model
import Testing

@testable import muster

@Suite("Times on a command line, and changes as text")
struct PastTimeTests {
    /// 2025-01-01T12:00:00.250Z
    private let noon = WallTime(milliseconds: 1_735_732_800_250)

    @Test(
        "Times are read in the forms that people write",
        arguments: [
            ("10m", "2025-01-01T11:50:00.250Z"), ("1d", "2024-12-31T12:00:00.250Z"),
            ("2024-02-29", "2024-02-29T00:00:00.000Z"),
            ("2024-02-29T10:30", "2024-02-29T10:30:00.000Z"),
            ("2024-02-29 10:30:15.5Z", "2024-02-29T10:30:15.500Z"),
            ("2024-02-29T00:30:00+01:00", "2024-02-28T23:30:00.000Z"),
            ("2024-02-29T00:30-01:00", "2024-02-29T01:30:00.000Z"),
            ("09:15", "2025-01-01T09:15:00.000Z"),
        ])
    func times(text: String, expected: String) throws {
        #expect(try PastTime.parse(text, flag: "--since", now: noon).text == expected)
    }

    @Test(
        "What is no time is refused with the flag and what would be one",
        arguments: ["", "yesterday", "2025-02-30", "2025-01-01T25:00", "12:61", "2025-1", "10"])
    func noTimes(text: String) {
        let failure = #expect(throws: Failure.self) {
            try PastTime.parse(text, flag: "--since", now: noon)
        }
        #expect(failure?.code == .usage)
        #expect(failure?.message.hasPrefix("--since: '\(text)' is no time. Write 2025-") == true)
    }

    @Test("Changes are shown oldest first, and what is left out is said")
    func text() {
        let entries = [
            entry(2, "task", "0123456789abcdef", "web:1", "RUNNING, on w1"),
            entry(1, "service", "s", "web", "ACTIVE, desired 3"),
        ]
        #expect(
            HistoryText.render(entries, oldest: nil, isCut: true) == """
                  … older changes are left out: --limit shows more
                  TIME                      CAUSE    OBJECT               WHAT IT BECAME
                  2025-01-01T12:00:00.251Z  RunTask  service web          ACTIVE, desired 3
                  2025-01-01T12:00:00.252Z  RunTask  task 01234567 web:1  RUNNING, on w1
                """)
        #expect(
            HistoryText.render([], oldest: noon, isCut: false)
                == "Nothing happened. Changes are kept since 2025-01-01T12:00:00.250Z.")
    }

    private func entry(
        _ revision: UInt64, _ kind: String, _ id: String, _ name: String, _ summary: String
    ) -> HistoryReport.Entry {
        HistoryReport.Entry(
            revision: revision, time: noon.milliseconds + Int64(revision), cause: "RunTask",
            kind: kind, id: id, name: name, summary: summary)
    }
}
