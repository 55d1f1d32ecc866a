import Foundation

/// The rows of `bench transport`, in their order.
struct TransportSuite {
    /// What can be measured by itself.
    enum Part: String, CaseIterable {
        case calls
        case tls
        case memory
        case fanOut = "fan-out"
        case allocations
        /// Heartbeats and memory of workers at a real manager.
        case workers
        /// What their containers use, as it is told to the manager.
        case usage
        /// Workers that connect to one, and a change for all of them.
        case arrivals
    }

    let settings: TransportSettings

    func run(_ parts: [Part]) -> [Row] {
        parts.flatMap { part in
            do {
                return try rows(of: part)
            } catch {
                // The rest of the table is of use still.
                return [Row(part.rawValue, target: "", measured: "failed: \(error)", isMet: false)]
            }
        }
    }

    private func rows(of part: Part) throws -> [Row] {
        switch part {
        case .calls: return try callRows()
        case .tls:
            say("TLS on established connections")
            return try TLSRows(settings: settings).rows()
        case .memory: return try memoryRows()
        case .fanOut: return [try fanOutRow()]
        case .allocations:
            say("heap allocations")
            return [try AllocationRow(settings: settings).row()]
        case .workers: return try ManagerRows(settings: settings, say: say).steadyRows()
        case .usage: return [try ManagerRows(settings: settings, say: say).usageRow()]
        case .arrivals: return try ManagerRows(settings: settings, say: say).arrivalRows()
        }
    }

    private func callRows() throws -> [Row] {
        let servers = try Server.allCases.map { try $0.start(settings) }
        defer { for server in servers { server.process.stop() } }
        let calls = CallRows(runner: LoadRunner(settings: settings), servers: servers)
        var rows: [Row] = []
        var details = Table(header: ["CPU of the server"] + servers.map(\.kind.rawValue))
        for (measure, load, target) in Self.loads {
            say(measure)
            let (row, detail) = try calls.row(measure, load, target)
            rows.append(row)
            details.rows.append(detail)
        }
        print("\n" + details.text + "\n")
        return rows
    }

    private static var loads: [(String, Load, CallRows.Target)] {
        [
            (
                "CPU per unary call, 1 connection x 100 streams",
                .heartbeats(connections: 1, streams: 100),
                CallRows.Target(atMost: 1.3, cheaper: [(.cpp, 5), (.grpcSwift, 30)])
            ),
            (
                "CPU per unary call, 100 connections x 1 stream",
                .heartbeats(connections: 100, streams: 1),
                CallRows.Target(atMost: 1.4, cheaper: [(.cpp, 1.7)])
            ),
            (
                "CPU per message of a server stream of 1,000",
                .assignments(connections: 1, streams: 1),
                CallRows.Target(atMost: 1.3, cheaper: [(.cpp, 40)])
            ),
        ]
    }

    private func memoryRows() throws -> [Row] {
        let memory = MemoryRows(settings: settings)
        let measure = "memory per idle connection, \(settings.held) held"
        say(measure)
        var details = Table(header: [measure, "KB"])
        var ours = 0.0
        for server in Server.allCases {
            let bytes = try memory.bytesPerIdleConnection(server)
            details.rows.append([server.rawValue, (bytes / 1_024).short])
            if server == .muster { ours = bytes / 1_024 }
        }
        let secure = try memory.bytesPerIdleConnection(.muster, isTLS: true) / 1_024
        details.rows.append(["\(Server.muster.rawValue), mutual TLS", secure.short])
        print("\n" + details.text + "\n")
        return [
            Row(
                measure + ", plaintext", target: "≤ 22 KB", measured: "\(ours.short) KB",
                isMet: ours <= 22),
            Row(
                measure + ", mutual TLS", target: "≤ 55 KB", measured: "\(secure.short) KB",
                isMet: secure <= 55),
        ]
    }

    private func fanOutRow() throws -> Row {
        let measure = "fan-out: one assignment to each of \(settings.held) held streams"
        say(measure)
        let fanOut = try MemoryRows(settings: settings).fanOut(.muster)
        let worst = fanOut.seconds.max() ?? .infinity
        let isBounded = fanOut.growth < 512
        return Row(
            measure, target: "< 1 s, memory bounded",
            measured: "median \((fanOut.seconds.median * 1_000).short) ms, worst "
                + "\((worst * 1_000).short) ms; \((fanOut.held / 1_024).short) KB a stream held, "
                + "+\((fanOut.peak / 1_024).short) KB in the first push, "
                + "+\((fanOut.growth / 1_024).short) KB in all later ones",
            isMet: worst < 1 && isBounded)
    }

    private func say(_ what: String) {
        FileHandle.standardError.write(Data("measuring \(what)\n".utf8))
    }
}
