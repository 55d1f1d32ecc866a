import Model

// "Go to another manager."
extension WorkerCore {
    /// The longest that a worker puts off its leaving.
    static let leavingMaximum = Duration.seconds(60)

    mutating func take(_ redirect: Redirect, at now: Instant, into effects: inout EffectBuffer) {
        guard case .registered(var session) = link, redirect.manager != addresses.current else {
            return
        }
        guard ManagerAddresses.isAddress(redirect.manager) else {
            return stay("the manager named another by what is no address", at: now, into: &effects)
        }
        let within = min(max(redirect.within, 0), Self.leavingMaximum.milliseconds)
        let pause = Int64(random.next() % UInt64(within + 1))
        session.leaving = (now + .milliseconds(pause), redirect.manager)
        link = .registered(session)
    }

    /// Leaves this manager for another, at once. The tasks go on; what is not acknowledged is told
    /// there.
    mutating func go(to manager: String, at moment: Moment, into effects: inout EffectBuffer) {
        let now = moment.monotonic
        guard case .registered(var session) = link else { return }
        guard redirects.follows(at: now) else {
            session.leaving = nil
            link = .registered(session)
            return stay("managers send the worker round and round", at: now, into: &effects)
        }
        effects.append(
            .diagnose(
                Diagnostic(
                    .info, "the manager sends the worker to another",
                    [
                        Diagnostic.Fact("manager", addresses.current ?? ""),
                        Diagnostic.Fact("to", manager),
                    ])))
        effects.append(.disconnect(session.link))
        addresses.follow(manager)
        streamBackoff.reset()
        connect(at: moment, into: &effects)
    }

    private mutating func stay(
        _ reason: String, at now: Instant, into effects: inout EffectBuffer
    ) {
        effects.append(
            .diagnose(
                Diagnostic(
                    redirects.isNews(at: now) ? .warning : .debug,
                    "not going to another manager",
                    [
                        Diagnostic.Fact("manager", addresses.current ?? ""),
                        Diagnostic.Fact("reason", reason),
                    ])))
    }
}
