import DequeModule

// Calls that come, move and go.
extension ChannelMachine {
    mutating func add(_ call: Waiting, into actions: inout [Action]) {
        switch state {
        case .shutDown:
            actions.append(
                .end(call.call, RPCStatus(.unavailable, "the channel is shut down")))
        case .failing(_, let error) where !call.waitForReady:
            actions.append(.end(call.call, error.status))
        case .idle, .connecting, .ready, .failing:
            guard waiting.count < configuration.waitingCallMaximum else {
                let status = RPCStatus(
                    .resourceExhausted, "\(waiting.count) calls wait for a connection already")
                return actions.append(.end(call.call, status))
            }
            waiting.append(call)
        }
    }

    /// The call is over. A link that takes no more calls is closed with its last one.
    mutating func ended(_ call: UInt64, into actions: inout [Action]) {
        guard let was = active.removeValue(forKey: call) else {
            return waiting.removeAll { $0.call == call }
        }
        guard let count = links[was.link] else { return }
        links[was.link] = count - 1
        if case .ready(was.link, _, _) = state { return }
        if count == 1 { actions.append(.close(was.link)) }
    }

    /// The server said that it did not handle the call, or it was never sent: it goes on, ahead of
    /// those that came after it.
    mutating func refused(
        _ call: UInt64, _ status: RPCStatus, isLinkOver: Bool, at now: Duration,
        into actions: inout [Action]
    ) {
        guard let was = active[call] else { return }
        if isLinkOver { lost(was.link, RPCError(status), at: now, into: &actions) }
        ended(call, into: &actions)
        var waiting = was.waiting
        if !isLinkOver { waiting.refusals += 1 }
        let mayWait =
            switch state {
            case .idle, .connecting, .ready: true
            case .failing: waiting.waitForReady
            case .shutDown: false
            }
        if mayWait, waiting.refusals <= Self.refusalsMaximum {
            self.waiting.prepend(waiting)
        } else {
            actions.append(.end(call, status))
        }
    }
}
