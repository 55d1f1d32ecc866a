import ArgumentParser
import ECSAPI
import Foundation
import Model
import Testing

@testable import muster

@Suite("muster exec")
struct ExecVerbTests {
    @Test("takes all after -- for the command")
    func arguments() throws {
        let verb = try ExecVerb.parse([
            "-it", "3f2a91c0", "--container", "db", "--", "sh", "-c", "ls --all", "-i",
        ])
        #expect(verb.interactive && verb.tty && verb.container == "db")
        #expect(verb.task == "3f2a91c0" && verb.command == ["sh", "-c", "ls --all", "-i"])
        #expect(throws: (any Error).self) { try ExecVerb.parse(["3f2a91c0"]) }
        #expect(throws: (any Error).self) { try ExecVerb.parse(["3f2a91c0", "ls"]) }
        #expect(throws: (any Error).self) { try ExecVerb.parse(["--", "ls"]) }
    }

    @Test("says what to run on the request line, whatever is in it")
    func target() throws {
        let question = ExecQuestion(
            task: "a", command: ["echo", "a b&c=d+e%/ü\n\"", ""], input: true,
            terminal: ExecTerminal(type: "vt", size: TerminalSize(columns: 1, rows: 2)))
        let target = try ManagerClient.execTarget(question)
        #expect(target.hasPrefix("/muster/v1/exec?order=%7B"))
        #expect(target.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        let query = try #require(URLComponents(string: target)?.queryItems?.first)
        let read = try JSONDecoder().decode(
            ExecQuestion.self, from: Data((query.value ?? "").utf8))
        #expect(read == question)
        let long = ExecQuestion(
            task: "a", command: [String(repeating: "ü", count: 20_000)])
        #expect(throws: Failure.self) { try ManagerClient.execTarget(long) }
    }

    @Test("has a type for its terminal where there is none here")
    func terminal() {
        #expect(ExecVerb.terminal([:]).type == "xterm")
        #expect(ExecVerb.terminal(["TERM": "vt220"]).type == "vt220")
    }

    @Test("keeps input back until it was taken")
    func credit() async {
        let credit = ExecCredit(10)
        #expect(await credit.some() == 10)
        credit.use(10)
        async let some = credit.some()
        credit.giveBack(3)
        #expect(await some == 3)
    }
}
