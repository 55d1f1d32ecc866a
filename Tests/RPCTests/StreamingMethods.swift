import RPC

/// Methods whose clients stream, and those that show what travels beside messages.
let streamingMethods: [RPCMethod] = [
    .clientStream("/test.T/Sum") { requests, _ throws(RPCError) in
        var sum = 0
        for try await message in requests { sum += message.reduce(0) { $0 + Int($1) } }
        return RPCResponse([UInt8(sum & 0xFF), UInt8(sum >> 8 & 0xFF)])
    },
    .stream("/test.T/Chat") { requests, _, writer throws(RPCError) in
        for try await message in requests { try await writer.write(message.reversed()) }
    },
    // Answers each message, and ends the call at one that is empty.
    .stream("/test.T/Until") { requests, _, writer throws(RPCError) in
        for try await message in requests {
            if message.isEmpty { throw RPCError(.outOfRange, "an empty message") }
            try await writer.write(message)
        }
    },
    // Never reads a message until told to by the end of the call.
    .stream("/test.T/Deaf") { requests, _, writer throws(RPCError) in
        await withCheckedContinuation { continuation in
            writer.onTermination { continuation.resume() }
        }
    },
    .stream("/test.T/Mirror") { requests, context, writer throws(RPCError) in
        var initial = RPCMetadata()
        initial.add("x-text", context.metadata["x-text"] ?? "nothing")
        initial.add("x-bytes-bin", binary: context.metadata.binary("x-bytes-bin") ?? [])
        writer.sendInitialMetadata(initial, compression: .gzip)
        for try await message in requests { try await writer.write(message) }
        var trailing = RPCMetadata()
        trailing.add("x-end", "over")
        writer.finish(metadata: trailing)
    },
    // Says of each message whether it came compressed, in answers that are sent the same way.
    .stream("/test.T/Flags") { requests, _, writer throws(RPCError) in
        writer.sendInitialMetadata(.init(), compression: .gzip)
        var iterator = requests.makeAsyncIterator()
        while try await iterator.next() != nil {
            let flag = iterator.wasCompressed
            try await writer.write([flag ? 1 : 0], compressed: flag)
        }
    },
    .unary(
        "/test.T/Flag",
        deferred: { _, context, reply in reply.succeed([context.isRequestCompressed ? 1 : 0]) }),
    .unary(
        "/test.T/Who",
        inline: { _, context throws(RPCError) in Array((context.identity ?? "nobody").utf8) }),
    .unary(
        "/test.T/Packed",
        deferred: { request, context, reply in
            var metadata = RPCMetadata()
            metadata.add("x-gzip", context.acceptsGzip ? "yes" : "no")
            reply.succeed(
                RPCResponse(
                    request, initialMetadata: metadata, trailingMetadata: metadata,
                    compression: .gzip))
        }),
    .unary(
        "/test.T/Detailed",
        inline: { _, _ throws(RPCError) in
            var metadata = RPCMetadata()
            metadata.add("x-hint", "look here")
            throw RPCError(
                RPCStatus(.aborted, "with details", details: [0, 1, 254, 255]), metadata: metadata)
        }),
]
