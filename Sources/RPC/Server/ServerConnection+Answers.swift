import HTTP2
import NIOCore

// From a handler to the session.
extension ServerConnection {
    /// What waits in the session of one stream at least, so that it never idles while there is
    /// more.
    private static let sessionBytes = 64 << 10

    func complete(_ stream: Int32, _ outcome: RPCReply.Outcome) {
        guard let call = calls[stream], case .answering = call.state else { return }
        switch outcome {
        case .success(let response) where !hasRoom(for: response.message.count):
            environment.defences.count(.slowReader)
            fail(stream, Self.unread)
        case .success(let response):
            let compression = call.context.acceptsGzip ? response.compression : .identity
            let head = HTTP2Headers.success(response.initialMetadata, compression: compression)
            let trailers =
                response.trailingMetadata.isEmpty
                ? HTTP2Headers.okTrailers
                : RPCStatus.ok.trailers(metadata: response.trailingMetadata)
            if session.respond(head, stream: stream) {
                session.write(
                    Framing.framed(response.message, compression: compression), stream: stream)
                session.finish(stream: stream, trailers: trailers)
            }
            forget(stream, nil)
        case .failure(let error):
            fail(stream, error.status, error.metadata)
        }
        flushSoon()
    }

    /// Answers a unary call.
    func answer(_ stream: Int32, _ message: [UInt8]) {
        guard hasRoom(for: message.count) else { return turnAway(stream) }
        withUnsafeTemporaryAllocation(byteCount: Framing.prefixSize, alignment: 1) { prefix in
            guard let start = prefix.baseAddress else { return }
            Framing.writePrefix(length: message.count, to: start)
            session.respond(
                .success, prefix: UnsafeRawBufferPointer(prefix), message, trailers: .okTrailers,
                stream: stream)
        }
    }

    private static let unread = RPCStatus(
        .resourceExhausted,
        "too many answers wait to be read on this connection; read them, then try again")

    /// Whether the connection may hold an answer of so many bytes. One can always be sent.
    func hasRoom(for bytes: Int) -> Bool {
        let waiting = session.waitingBytes
        return waiting == 0 || waiting + bytes <= environment.configuration.connectionBufferMaximum
    }

    /// Answers a call that is not kept, because its client does not read.
    func turnAway(_ stream: Int32) {
        environment.defences.count(.slowReader)
        session.respondWithoutBody(.failure(Self.unread), stream: stream)
    }

    /// Ends a call with a status. What a stream was told so far stays told.
    func fail(_ stream: Int32, _ status: RPCStatus, _ metadata: RPCMetadata = .init()) {
        guard let call = calls[stream] else { return }
        if call.hasSentHead {
            session.finish(stream: stream, trailers: status.trailers(metadata: metadata))
        } else {
            session.respondWithoutBody(.failure(status, metadata: metadata), stream: stream)
        }
        forget(stream, RPCError(status))
    }

    func expire(_ stream: Int32) {
        // A client that does not read what it was sent would not read this either.
        if session.pendingBytes(stream: stream) > 0 {
            session.reset(stream: stream, code: .cancel)
        }
        fail(stream, Self.late)
    }

    /// The call is over. Its handler learns why, if it was not the one to end it.
    func forget(_ stream: Int32, _ error: RPCError?) {
        guard let call = calls.remove(stream) else {
            _ = announced.remove(stream)
            return
        }
        call.timer?.cancel()
        gatheredBytes -= call.gatheredBytes
        call.requests?.end(error ?? RPCError(.cancelled, "the call has ended"))
        call.writer?.terminate()
        call.task?.cancel()
    }

    // MARK: Streams

    func wake(_ stream: Int32) {
        guard calls.contains(stream) else { return }
        readyStreams.append(stream)
        flushSoon()
    }

    func sendHead(of call: ServerCall, _ writer: RPCStreamWriter) {
        guard !call.hasSentHead else { return }
        call.hasSentHead = true
        let head = writer.takeHead()
        session.respond(
            .success(head.metadata, compression: head.compression), stream: call.stream)
    }

    /// Moves messages from a writer to the session. Whether the writer has more.
    func fill(_ stream: Int32) -> Bool {
        guard let call = calls[stream], let writer = call.writer else { return false }
        while session.pendingBytes(stream: stream) < Self.sessionBytes {
            let output = writer.messages.take()
            if !output.bytes.isEmpty {
                sendHead(of: call, writer)
                session.write(output.bytes, stream: stream)
            }
            if let end = output.end {
                finish(call, writer, end)
                return false
            }
            guard output.isMore else { return false }
        }
        return true
    }

    private func finish(_ call: ServerCall, _ writer: RPCStreamWriter, _ end: OutboundMessages.End)
    {
        // Metadata that was sent ahead can't travel in a response that is a status alone.
        if end.status.code == .ok || writer.hasInitialMetadata { sendHead(of: call, writer) }
        if call.hasSentHead, end.status == .ok, end.metadata.isEmpty {
            session.finish(stream: call.stream, trailers: .okTrailers)
            forget(call.stream, nil)
        } else {
            fail(call.stream, end.status, end.metadata)
        }
    }
}
