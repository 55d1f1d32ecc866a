import NIOCore
import RPC
import Wire

extension Target {
    static let methods: [RPCMethod] = [
        .unary(
            "/attack.T/Echo",
            inline: { request, _ throws(RPCError) in request.withUnsafeBytes { Array($0) } }),
        // Answers from another thread.
        .unary(
            "/attack.T/Later",
            deferred: { request, _, reply in Task { reply.succeed(request) } }),
        // Sends until the client does not read, then ends the stream.
        .serverStream("/attack.T/Flow") { _, _, writer in
            let message = [UInt8](repeating: 7, count: 16 << 10)
            Task {
                while writer.send(message) == .accepted {}
                writer.finish(RPCStatus(.resourceExhausted, "read too slowly"))
            }
        },
        // Never reads what the client sends.
        .stream("/attack.T/Deaf") { _, _, writer throws(RPCError) in
            await withCheckedContinuation { continuation in
                writer.onTermination { continuation.resume() }
            }
        },
        .stream("/attack.T/Chat") { requests, _, writer throws(RPCError) in
            for try await message in requests { try await writer.write(message) }
        },
        // The worker protocol's messages, decoded as a manager does.
        decoding("/attack.T/Heartbeat") { try WireCodec.decodeHeartbeat($0) },
        decoding("/attack.T/Register") { try WireCodec.decodeRegistration($0) },
        decoding("/attack.T/Report") { try WireCodec.decodeStatusReport($0) },
        decoding("/attack.T/Update") { try WireCodec.decodeAssignmentUpdate($0) },
    ]

    private static func decoding(
        _ path: String, _ decode: @escaping @Sendable ([UInt8]) throws -> some Any
    ) -> RPCMethod {
        .unary(path) { request, context, reply in
            do {
                _ = try decode(request)
                reply.succeed([])
            } catch {
                reply.fail(context.undecodable(error))
            }
        }
    }
}
