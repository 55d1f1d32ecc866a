import HTTP2
import NIOCore

// From a request's headers to its handler.
extension ServerConnection {
    /// Begins a call. A unary request that has come whole and whose method answers at once is
    /// answered here and now: no call is kept for it, which is the path of heartbeats.
    ///
    /// - Returns: Whether the two events after the headers, DATA and its end, were taken too.
    func answerAtOnce(
        _ stream: Int32, _ events: HTTP2Events, _ fields: Range<Int>, at index: Int,
        _ input: UnsafeRawBufferPointer
    ) -> Bool {
        // Trailers of a request say nothing.
        guard !announced.contains(stream), !calls.contains(stream) else { return false }
        let head: RequestHead
        do throws(RequestHead.Refusal) {
            head = try RequestHead(events, fields)
        } catch {
            refuse(stream, error)
            return false
        }
        guard let found = environment.methods.find(events.headerBytes, head.path) else {
            let name = String(decoding: events.headerBytes[head.path].prefix(256), as: UTF8.self)
            let status = RPCStatus(.unimplemented, "there is no method \(name)")
            refuse(stream, .status(status))
            return false
        }
        guard hasRoom(for: 0) else {
            turnAway(stream)
            return false
        }
        let method = environment.methods[found]
        let context = RPCContext(
            facts: facts, method: method, metadata: head.metadata,
            deadline: head.timeout.map { .now() + $0 }, acceptsGzip: head.acceptsGzip)
        let call = AnnouncedCall(context: context, encoding: head.encoding)
        guard case .inline(let handler) = method.handler else {
            begin(stream, call)
            return false
        }
        if index + 2 < events.list.count,
            case .data(stream, let range) = events.list[index + 1],
            case .ended(stream) = events.list[index + 2],
            let message = MessageReader.wholeMessage(
                in: UnsafeRawBufferPointer(rebasing: input[range]),
                maximum: environment.configuration.requestMaximum),
            context.deadline.map({ $0 > .now() }) ?? true
        {
            session.consumeConnection(range.count)
            hasHandledCalls = true
            answer(stream, with: handler, message, context)
            return true
        }
        announce(call, for: stream)
        return false
    }

    /// The same for a request whose headers came ahead of it.
    ///
    /// - Returns: Whether the request was answered, and with it the event of its end taken.
    func answerAtOnce(_ stream: Int32, _ piece: UnsafeRawBufferPointer) -> Bool {
        guard let call = announced.remove(stream),
            case .inline(let handler) = call.context.called.handler
        else { return false }
        guard
            let message = MessageReader.wholeMessage(
                in: piece, maximum: environment.configuration.requestMaximum),
            call.context.deadline.map({ $0 > .now() }) ?? true
        else {
            begin(stream, call)
            return false
        }
        session.consumeConnection(piece.count)
        hasHandledCalls = true
        answer(stream, with: handler, message, call.context)
        return true
    }

    /// A call that is not answered at once is kept.
    private func keepAnnounced(_ stream: Int32) {
        if let call = announced.remove(stream) { begin(stream, call) }
    }

    private func answer(
        _ stream: Int32, with handler: RPCMethod.InlineHandler, _ message: UnsafeRawBufferPointer,
        _ context: RPCContext
    ) {
        do throws(RPCError) {
            answer(stream, try handler(message.bytes, context))
        } catch {
            session.respondWithoutBody(
                .failure(error.status, metadata: error.metadata), stream: stream)
        }
    }

    private func refuse(_ stream: Int32, _ refusal: RequestHead.Refusal) {
        switch refusal {
        case .http(let headers):
            session.respondWithoutBody(headers, stream: stream)
        case .status(let status):
            session.respondWithoutBody(.failure(status), stream: stream)
        case .encoding(let status):
            var headers = HTTP2Headers.failure(status)
            headers.append("grpc-accept-encoding", RPCCompression.accepted)
            session.respondWithoutBody(headers, stream: stream)
        case .ignored: return
        }
        environment.defences.count(.badRequest)
    }

    private func begin(_ stream: Int32, _ announced: AnnouncedCall) {
        let inflow = Inflow(
            maximum: environment.configuration.requestMaximum, encoding: announced.encoding)
        let call = ServerCall(
            stream: stream, context: announced.context, inflow: inflow)
        calls[stream] = call
        if let deadline = call.context.deadline {
            let timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
                self.expire(stream)
                self.flushSoon()
            }
            call.timer = timer
        }
        if case .stream(let handler) = call.context.called.handler { run(handler, for: call) }
    }

    /// Starts the handler of a call whose client streams.
    private func run(_ handler: @escaping RPCMethod.StreamHandler, for call: ServerCall) {
        guard !isDraining else { return fail(call.stream, Self.shuttingDown) }
        hasHandledCalls = true
        let stream = call.stream
        let requests = InboundMessages(
            bytesMaximum: environment.configuration.requestBufferMaximum)
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        requests.attach(
            InboundMessages.Hooks(
                release: { [eventLoop] in
                    eventLoop.execute { connection.value.release(stream) }
                },
                // What a handler does not read any more is thrown away; its end ends the call.
                cancel: {}))
        let writer = makeWriter(for: call)
        call.requests = requests
        call.state = .streaming(writer)
        let context = call.context
        call.task = Task.immediate(executorPreference: executor) {
            do throws(RPCError) {
                try await handler(RPCRequestStream(messages: requests), context, writer)
                writer.finish()
            } catch {
                writer.finish(error.status, metadata: error.metadata)
            }
        }
    }

    func makeWriter(for call: ServerCall) -> RPCStreamWriter {
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        let stream = call.stream
        let messages = OutboundMessages(
            bytesMaximum: environment.configuration.streamBufferMaximum, budget: budget,
            overflowed: { [environment] in environment.defences.count(.slowReader) },
            wake: { [eventLoop] in eventLoop.execute { connection.value.wake(stream) } })
        return RPCStreamWriter(
            messages: messages, acceptsGzip: call.context.acceptsGzip, eventLoop: eventLoop)
    }

    // MARK: Messages

    func received(_ stream: Int32, _ piece: UnsafeRawBufferPointer) {
        // The connection's window is never held: one slow reader must not stop the other calls.
        session.consumeConnection(piece.count)
        keepAnnounced(stream)
        guard let call = calls[stream] else {
            return session.consumeStream(piece.count, stream: stream)
        }
        if let requests = call.requests {
            do throws(RPCError) {
                try call.inflow.receive(piece, of: stream, on: session) {
                    requests.receive($0, wasCompressed: $1)
                }
            } catch {
                return reject(call, error)
            }
        } else {
            session.consumeStream(piece.count, stream: stream)
            guard call.isReceiving else { return }
            call.inflow.reader.append(piece)
            if let rejection = call.inflow.reader.rejection { return reject(call, rejection) }
        }
        gatheredBytes += call.inflow.pendingBytes - call.gatheredBytes
        call.gatheredBytes = call.inflow.pendingBytes
        boundGathered(stream)
    }

    private func release(_ stream: Int32) {
        calls[stream]?.inflow.release(stream, on: session)
        flushSoon()
    }

    private func reject(_ call: ServerCall, _ error: RPCError) {
        let isSize = error.code == .resourceExhausted
        environment.defences.count(isSize ? .messageSize : .badMessage)
        fail(call.stream, error.status)
    }

    private func boundGathered(_ stream: Int32) {
        let maximum = environment.configuration.connectionRequestMaximum
        guard gatheredBytes > maximum else { return }
        environment.defences.count(.incompleteRequests)
        fail(
            stream,
            RPCStatus(
                .resourceExhausted,
                "incomplete requests on this connection have more than \(maximum) bytes"))
    }

    func requestEnded(_ stream: Int32) {
        keepAnnounced(stream)
        guard let call = calls[stream], !call.hasRequestEnded else { return }
        call.hasRequestEnded = true
        if let requests = call.requests {
            let isWhole = call.inflow.pendingBytes == 0
            let cut = RPCError(.internalError, "the client cut a message off")
            return requests.end(isWhole ? nil : cut)
        }
        guard call.isReceiving else { return }
        do throws(RPCError) {
            let message = try call.inflow.reader.next()
            guard let message, call.inflow.pendingBytes == 0 else {
                throw RPCError(.internalError, "the request is not one whole message")
            }
            gatheredBytes -= call.gatheredBytes
            call.gatheredBytes = 0
            if call.inflow.reader.wasCompressed { call.context.isRequestCompressed = true }
            dispatch(call, message)
        } catch {
            reject(call, error)
        }
    }

    private func dispatch(_ call: ServerCall, _ message: [UInt8]) {
        let stream = call.stream
        hasHandledCalls = true
        if let deadline = call.context.deadline, deadline <= .now() { return expire(stream) }
        switch call.context.called.handler {
        case .inline(let handler):
            message.withUnsafeBytes { answer(stream, with: handler, $0, call.context) }
            forget(stream, nil)
        case .deferred(let handler):
            call.state = .answering
            let connection = NIOLoopBound(self, eventLoop: eventLoop)
            let reply = RPCReply { [eventLoop] outcome in
                eventLoop.execute { connection.value.complete(stream, outcome) }
            }
            handler(message, call.context, reply)
        case .serverStream where isDraining:
            fail(stream, Self.shuttingDown)
        case .serverStream(let handler):
            let writer = makeWriter(for: call)
            call.state = .streaming(writer)
            handler(message, call.context, writer)
            // Even a stream that has nothing yet shows that it is open.
            if fill(stream) { readyStreams.append(stream) }
            if calls.contains(stream) { sendHead(of: call, writer) }
        case .stream:
            // Runs since its headers came.
            break
        }
    }
}
