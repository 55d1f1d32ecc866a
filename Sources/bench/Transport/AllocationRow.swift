import Foundation

/// Heap allocations on the hot path, counted in the server itself.
struct AllocationRow {
    /// Blocks that may stay behind per call: what a queue or a table grew to, not a leak.
    private static let leftMaximum = 0.001

    var settings: TransportSettings

    func row() throws -> Row {
        let ours = try count(.muster)
        let limit = try count(.c)
        return Row(
            "heap allocations per heartbeat", target: "stated; none that grows with history",
            measured: "\(ours.made.short) (\(Server.c.rawValue): \(limit.made.short)); "
                + "\(ours.left.short) a call stay",
            isMet: ours.left <= Self.leftMaximum)
    }

    private struct Count {
        /// Allocations per call.
        var made: Double
        /// Blocks per call that were not given back, once the server has warmed up.
        var left: Double
    }

    private func count(_ kind: Server) throws -> Count {
        let library = settings.peers + "/count-allocations.so"
        guard FileManager.default.fileExists(atPath: library) else {
            throw BenchError("\(library) is missing: deploy/bench/transport builds it")
        }
        let file = settings.scratch + "/allocations"
        let server = try kind.start(
            settings, environment: ["LD_PRELOAD": library, "COUNT_ALLOCATIONS": file])
        defer { server.process.stop() }
        let runner = LoadRunner(settings: settings)
        let load = Load.heartbeats(connections: 1, streams: 100)
        // So many that the blocks which pools keep, up to their bounds, are there after the first.
        let calls = 100_000
        _ = try runner.run(load, server, calls: calls)
        let before = try read(file)
        _ = try runner.run(load, server, calls: calls)
        let after = try read(file)
        return Count(
            made: Double(after.made - before.made) / Double(calls),
            left: Double(after.alive - before.alive) / Double(calls))
    }

    /// The two numbers that the library keeps in its file.
    private func read(_ file: String) throws -> (made: Int64, alive: Int64) {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        guard bytes.count == 16 else { throw BenchError("\(file) is not what was counted") }
        return bytes.withUnsafeBytes {
            ($0.loadUnaligned(as: Int64.self), $0.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        }
    }
}
