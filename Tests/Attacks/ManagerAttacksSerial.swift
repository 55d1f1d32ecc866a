import Foundation
import NIOSSL
import ProcessSupport
import RPC
import Testing

/// A real manager with a connected worker is attacked by strangers: the worker must not be lost.
@Suite("Attacks on a manager", .serialized, .timeLimit(.minutes(3)))
struct ManagerAttacksSerial {
    @Test("The manager withstands, and keeps its worker", arguments: [false, true])
    func withstands(secure: Bool) async throws {
        try await withCluster(tls: secure, workers: 1) { cluster in
            let site = ManagerAttack.Site(
                port: cluster.workerPort, tls: secure ? try Self.stranger() : nil)
            let attacks =
                ManagerAttack.common + (secure ? ManagerAttack.secure : ManagerAttack.plain)
            for attack in attacks {
                try await withstand(attack, site, cluster)
            }
            let answer = try await site.answer("/grpc.health.v1.Health/Check")
            #expect(answer == .status(.ok), "afterwards it answers as before")
        }
    }

    private func withstand(
        _ attack: ManagerAttack, _ site: ManagerAttack.Site, _ cluster: LocalCluster
    ) async throws {
        let memory = Memory(pid: try cluster.manager.pid)
        let before = try await defences(of: cluster)
        let resident = try memory.resident()
        try memory.forgetPeak()
        var came = try await attack.run(site)
        // As in `AttacksSerial`: TCP's reset can overtake the GOAWAY.
        for _ in 0..<2 where came == .closed && attack.expected != .closed {
            came = try await attack.run(site)
        }
        let growth = max(0, try memory.peak() - resident) / 1_024
        let after = try await defences(of: cluster)
        let rise = attack.kind.map { (after[$0] ?? 0) - (before[$0] ?? 0) }
        let losses = try await losses(of: cluster)

        var row = Row("manager, \(site.tls == nil ? "plain" : "TLS"): \(attack.name)")
        row.add("\(came)", came == attack.expected)
        row.add(
            "+\(growth) of \(ManagerAttack.growthMaximum) MiB",
            growth <= ManagerAttack.growthMaximum)
        row.add(
            losses.isEmpty ? "worker connected" : losses.joined(separator: ", "), losses.isEmpty)
        row.add(attack.kind.map { "\($0) +\(rise ?? 0)" } ?? "none to rise", rise ?? 1 > 0)
        try row.print()
        #expect(row.isGood, "\(row.cells)")
    }

    private func defences(of cluster: LocalCluster) async throws -> [String: Int] {
        let lines = try await cluster.client.text(at: "metrics").split(separator: "\n")
        let found = lines.compactMap { Defences.read($0) }
        return Dictionary(found.map { ($0.kind, $0.count) }) { $1 }
    }

    /// What shows that the worker was without its manager, be it for a moment.
    private func losses(of cluster: LocalCluster) async throws -> [String] {
        var losses: [String] = []
        let instances = try await cluster.instances()
        if instances.map({ $0["agentConnected"] }) != [true] { losses.append("not connected") }
        let worker = try cluster.worker("worker-1")
        let sessions =
            worker.output.components(separatedBy: "registered with the manager").count - 1
        if sessions != 1 { losses.append("\(sessions) sessions") }
        if try cluster.manager.output.contains("worker lost") { losses.append("lost") }
        return losses
    }

    /// Without a certificate, and without a care for the manager's.
    private static func stranger() throws -> NIOSSLContext {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.certificateVerification = .none
        settings.applicationProtocols = ["h2"]
        return try NIOSSLContext(configuration: settings)
    }
}
