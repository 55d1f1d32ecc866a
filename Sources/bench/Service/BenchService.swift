import RPC
import Synchronization

/// The service of `Protos/bench/v1/bench.proto` on Muster's own RPC.
final class BenchService: Sendable {
    private struct Held {
        var writers: [Int: RPCStreamWriter] = [:]
        var last = 0
        var revision: UInt64 = 0
    }

    private let held = Mutex(Held())
    private let arena = LoopArena()

    var methods: [RPCMethod] {
        [
            .unary("/muster.bench.v1.Bench/Heartbeat") { [arena] request, _ throws(RPCError) in
                do throws(BadMessage) {
                    return try BenchMessages.answerHeartbeat(request, arena)
                } catch {
                    throw RPCError(.invalidArgument, "not a HeartbeatRequest")
                }
            },
            .serverStream("/muster.bench.v1.Bench/Assignments") { [self] request, _, writer in
                do throws(BadMessage) {
                    let (count, hold) = try BenchMessages.decodeAssignmentsRequest(request, arena)
                    if hold { return keep(writer) }
                    BenchMessages.encodeAssignments(0..<UInt64(count)) { writer.send($0) }
                    writer.finish()
                } catch {
                    writer.finish(RPCStatus(.invalidArgument, "not an AssignmentsRequest"))
                }
            },
            .unary("/muster.bench.v1.Bench/Push") { [self] _, _ throws(RPCError) in push() },
        ]
    }

    private func keep(_ writer: RPCStreamWriter) {
        let number = held.withLock { held in
            held.last += 1
            held.writers[held.last] = writer
            return held.last
        }
        writer.onTermination { [weak self] in
            self?.held.withLock { _ = $0.writers.removeValue(forKey: number) }
        }
    }

    private func push() -> [UInt8] {
        let (writers, revision) = held.withLock { held in
            held.revision += 1
            return (Array(held.writers.values), held.revision)
        }
        for writer in writers {
            BenchMessages.encodeAssignments(revision..<revision + 1) { writer.send($0) }
        }
        return BenchMessages.encodePushResponse(streams: writers.count)
    }
}
