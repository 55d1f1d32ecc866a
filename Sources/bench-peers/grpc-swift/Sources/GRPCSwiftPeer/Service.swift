import Foundation
import GRPCCore
import Synchronization

/// The service of `Protos/bench/v1/bench.proto`, in grpc-swift's simplest form of a handler.
final class Service: Muster_Bench_V1_Bench.SimpleServiceProtocol {
    private struct Held {
        var streams: [Int: AsyncStream<UInt64>.Continuation] = [:]
        var last = 0
        var revision: UInt64 = 0
    }

    private let held = Mutex(Held())

    func heartbeat(
        request: Muster_Bench_V1_HeartbeatRequest, context: ServerContext
    ) async throws -> Muster_Bench_V1_HeartbeatResponse {
        var answer = Muster_Bench_V1_HeartbeatResponse()
        answer.sequence = request.sequence
        for container in request.containers where container.state == .running {
            answer.running += 1
        }
        return answer
    }

    func assignments(
        request: Muster_Bench_V1_AssignmentsRequest,
        response: RPCWriter<Muster_Bench_V1_Assignment>, context: ServerContext
    ) async throws {
        guard request.hold else {
            for revision in 0..<UInt64(request.count) {
                try await response.write(Self.assignment(revision))
            }
            return
        }
        let (revisions, continuation) = AsyncStream.makeStream(of: UInt64.self)
        let number = held.withLock { held in
            held.last += 1
            held.streams[held.last] = continuation
            return held.last
        }
        defer { held.withLock { _ = $0.streams.removeValue(forKey: number) } }
        for await revision in revisions {
            try await response.write(Self.assignment(revision))
        }
    }

    func push(
        request: Muster_Bench_V1_PushRequest, context: ServerContext
    ) async throws -> Muster_Bench_V1_PushResponse {
        let (streams, revision) = held.withLock { held in
            held.revision += 1
            return (Array(held.streams.values), held.revision)
        }
        for stream in streams { stream.yield(revision) }
        var answer = Muster_Bench_V1_PushResponse()
        answer.streams = UInt32(streams.count)
        return answer
    }

    private static func assignment(_ revision: UInt64) -> Muster_Bench_V1_Assignment {
        var message = Muster_Bench_V1_Assignment()
        message.revision = revision
        var task = Data(capacity: 16)
        withUnsafeBytes(of: revision) { task.append(contentsOf: $0) }
        withUnsafeBytes(of: ~revision) { task.append(contentsOf: $0) }
        message.task = task
        message.family = "front-end"
        message.desired = 1
        return message
    }
}
