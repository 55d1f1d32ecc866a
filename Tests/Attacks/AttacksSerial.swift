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
        let resident = try target.memory.resident()
        try target.memory.forgetPeak()

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

        let growth = max(0, try target.memory.peak() - resident) / 1_024
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
