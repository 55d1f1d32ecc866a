import Foundation
import RPC
import Testing

/// A real server in a process of its own is attacked while an honest client calls it.
@Suite("Attacks on a server", .serialized, .timeLimit(.minutes(1)))
struct AttacksSerial {
    /// How long a call beside the attack may take.
    private static let slowestMaximum = Duration.seconds(1)

    @Test("The server withstands", arguments: Attack.all)
    func withstands(attack: Attack) async throws {
        let target = try await TargetProcess.shared.value
        let bystander = try await Bystander(port: target.ports.plain)
        let before = try await target.defences()
        // What was freed is no longer resident, since the counters were asked for.
        let resident = try await target.resident()
        try await target.forgetPeak()

        let answer: String
        let isExpected: Bool
        do {
            var came = try await attack.run(target.ports)
            // TCP's reset, of a connection that is closed while its peer still sends, can overtake
            // the GOAWAY.
            for _ in 0..<2 where came == .closed && attack.expected != .closed {
                came = try await attack.run(target.ports)
            }
            answer = "\(came)"
            isExpected = came == attack.expected
        } catch {
            answer = "\(error)"
            isExpected = false
        }

        let growth = max(0, try await target.peak() - resident) / 1_024
        let account = try await bystander.finish()
        let after = try await target.defences()
        let rise = attack.kind.map { (after[$0] ?? 0) - (before[$0] ?? 0) }

        var row = Row(attack.name)
        row.add(answer, isExpected)
        row.add("+\(growth) of \(attack.growthMaximum) MiB", growth <= attack.growthMaximum)
        row.add(
            "\(account.calls) calls, \(account.failures.count) failed, "
                + "slowest \(Int(account.slowest / .milliseconds(1))) ms",
            account.failures.isEmpty && account.calls > 0
                && account.slowest < Self.slowestMaximum)
        row.add(attack.kind.map { "\($0) +\(rise ?? 0)" } ?? "none to rise", rise ?? 1 > 0)
        try row.print()
        #expect(row.isGood, "\(row.cells)")
    }

    @Test("Afterwards it answers as before")
    func afterwards() async throws {
        let target = try await TargetProcess.shared.value
        let answer = try await Dialogue.answer(port: target.ports.plain, H2.echo)
        #expect(answer == .status(.ok))
    }
}

/// A row of the table that `deploy/attacks` shows.
private struct Row {
    private(set) var cells: [String]
    private(set) var isGood = true

    init(_ name: String) {
        cells = [name]
    }

    mutating func add(_ cell: String, _ isGood: Bool) {
        cells.append(isGood ? cell : "\(cell) (!)")
        if !isGood { self.isGood = false }
    }

    /// Adds the row to the file that `MUSTER_ATTACK_TABLE` names.
    func print() throws {
        guard let path = ProcessInfo.processInfo.environment["MUSTER_ATTACK_TABLE"] else { return }
        let line = (cells + [isGood ? "pass" : "FAIL"]).joined(separator: "\t") + "\n"
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(line.utf8))
    }
}
