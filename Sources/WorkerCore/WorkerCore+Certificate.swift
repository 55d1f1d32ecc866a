import Model

// The certificate that proves who the worker is: joining for it, renewing it, losing it.
extension WorkerCore {
    /// Whether a connection needs a certificate that the worker does not have.
    func mustJoin(at now: WallTime) -> Bool {
        guard settings.security == .mutualTLS else { return false }
        return certificate.map { $0.endsAt <= now } ?? true
    }

    /// Takes a certificate over. Workers that joined together don't renew together.
    mutating func hold(_ times: CertificateTimes) {
        let spread = max(times.endsAt.milliseconds - times.renewAt.milliseconds, 0) / 10
        let jitter = Int64(random.next() % UInt64(spread + 1))
        certificate = times
        renewAt = times.renewAt + .milliseconds(jitter)
    }

    // MARK: Joining

    mutating func joined(
        _ id: LinkID, _ times: CertificateTimes, at now: Moment, into effects: inout EffectBuffer
    ) {
        guard case .joining(id, _) = link else { return }
        guard times.endsAt > now.wall else {
            let refusal = WorkerRefusal(
                .unauthenticated,
                "by this machine's clock the certificate that was just issued has ended already; "
                    + "set the clock")
            return joinFailed(id, refusal, at: now.monotonic, into: &effects)
        }
        hold(times)
        effects.append(.diagnose(Diagnostic(.info, "joined; the worker has a certificate")))
        connect(at: now, into: &effects)
    }

    mutating func joinFailed(
        _ id: LinkID, _ refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) {
        guard case .joining(id, _) = link else { return }
        giveWay(to: refusal, at: now, into: &effects)
    }

    // MARK: Renewing

    /// Asks for the next certificate when it is time. Heartbeats see to it that it is looked at.
    mutating func renewCertificateIfDue(at now: Moment, into effects: inout EffectBuffer) {
        guard case .registered(var session) = link, let renewAt, renewAt <= now.wall,
            session.renewal == nil, (session.renewalHeldUntil ?? now.monotonic) <= now.monotonic
        else { return }
        let call = nextCall()
        session.renewal = (call, now.monotonic + settings.renewTimeout)
        session.renewalHeldUntil = nil
        link = .registered(session)
        effects.append(.renew(call, on: session.link))
    }

    mutating func renewed(
        _ call: CallID, _ times: CertificateTimes, into effects: inout EffectBuffer
    ) {
        guard case .registered(var session) = link, session.renewal?.call == call else { return }
        session.renewal = nil
        link = .registered(session)
        hold(times)
        effects.append(.diagnose(Diagnostic(.info, "the worker's certificate was renewed")))
    }

    mutating func renewalFailed(
        _ refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) {
        guard case .registered(var session) = link else { return }
        switch refusal.code {
        case .unauthenticated, .permissionDenied:
            giveWay(to: refusal, at: now, into: &effects)
        case .notFound, .alreadyExists, .staleSession, .invalidArgument, .exhausted, .unavailable:
            session.renewal = nil
            session.renewalHeldUntil = now + renewalPause
            link = .registered(session)
            effects.append(
                .diagnose(
                    Diagnostic(
                        .warning, "the worker's certificate was not renewed; trying again",
                        [Diagnostic.Fact("reason", refusal.message)])))
        }
    }

    /// A tenth of what is left when renewing begins, so that there are several attempts.
    private var renewalPause: Duration {
        guard let certificate else { return Self.renewalPauses.lowerBound }
        let left = certificate.endsAt.milliseconds - certificate.renewAt.milliseconds
        return min(
            max(.milliseconds(left / 10), Self.renewalPauses.lowerBound),
            Self.renewalPauses.upperBound)
    }

    private static let renewalPauses: ClosedRange<Duration> = .milliseconds(500) ... .seconds(300)

    // MARK: Refusals

    /// The manager does not take this worker. Only a person can mend that, so there is no hurry.
    mutating func giveWay(
        to refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) {
        complain(refusal, at: now, into: &effects)
        switch refusal.code {
        case .unauthenticated:
            // A token, if there is one, may get another certificate.
            certificate = nil
            renewAt = nil
            backoff.slowDown()
        case .permissionDenied: backoff.slowDown(to: Backoff.refused)
        case .notFound, .invalidArgument: backoff.slowDown()
        case .alreadyExists, .staleSession, .exhausted, .unavailable: break
        }
        drop(at: now, into: &effects)
    }
}
