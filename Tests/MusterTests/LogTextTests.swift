import Testing

@testable import muster

@Suite("Lines of output as they are shown")
struct LogTextTests {
    private func line(_ task: String, _ container: String) -> ManagerClient.LogMessage {
        ManagerClient.LogMessage(
            time: "T", task: task, container: container, stream: "stdout", text: "hello")
    }

    @Test("Each begins with whose it is, one below the other, or not")
    func prefixes() {
        var text = LogText()
        #expect(text.line(line("0123456789", "app")) == "01234567 app | hello")
        #expect(text.line(line("0123456789", "database")) == "01234567 database | hello")
        #expect(text.line(line("0123456789", "app")) == "01234567 app      | hello")
        var plain = LogText(showsTime: true, isPlain: true)
        #expect(plain.line(line("0123456789", "app")) == "T hello")
    }

    @Test("At a terminal each has a colour of its own, which it keeps")
    func colours() {
        var text = LogText(isColoured: true)
        let first = text.line(line("a", "x"))
        #expect(first == "\u{1B}[36ma x\u{1B}[0m | hello")
        #expect(text.line(line("b", "x")) == "\u{1B}[33mb x\u{1B}[0m | hello")
        #expect(text.line(line("a", "x")) == first)
    }
}
