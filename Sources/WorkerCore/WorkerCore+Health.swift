import Model

// Whether the worker has what it needs to run containers, as it is told to the manager.
extension WorkerCore {
    /// What did not change is told again after this, so that what was lost is made good, and the
    /// manager knows that it still holds.
    static let healthRepeat = Duration.seconds(20)

    mutating func examined(
        runtime: String?, disk: String?, at now: Instant, into effects: inout EffectBuffer
    ) {
        let before = examination
        examination = Examination(runtime: runtime, disk: disk, after: before, at: now)
        say("the container runtime", runtime, wasWell: before?.runtime.fault == nil, into: &effects)
        say("the disk", disk, wasWell: before?.disk.fault == nil, into: &effects)
    }

    private func say(
        _ what: String, _ fault: String?, wasWell: Bool, into effects: inout EffectBuffer
    ) {
        guard (fault == nil) != wasWell else { return }
        let diagnostic =
            if let fault {
                Diagnostic(.warning, "\(what) is impaired", [Diagnostic.Fact("reason", fault)])
            } else {
                Diagnostic(.info, "\(what) is well again")
            }
        effects.append(.diagnose(diagnostic))
    }

    /// At once in a new session and when something became wrong or right; it goes as a part of the
    /// newest measurement, to which it adds nothing.
    mutating func tellHealth(at now: Instant, into effects: inout EffectBuffer) {
        guard let examination, case .registered(var session) = link else { return }
        if let told = session.toldHealth, told.faults == examination.faults,
            now - told.at < Self.healthRepeat
        {
            return
        }
        session.toldHealth = (examination.faults, now)
        session.measurements = max(session.measurements, 1)
        link = .registered(session)
        effects.append(
            .reportUsage(
                on: session.link,
                UsageReport(
                    session: session.id, number: session.measurements, containers: [],
                    health: examination.health(at: now))))
    }
}

/// What the agent found when it last looked, and since when that is so.
struct Examination: Sendable {
    struct Finding: Sendable {
        var fault: String?
        var since: Instant

        init(_ fault: String?, after before: Finding?, at now: Instant) {
            self.fault = fault
            let isSame = before.map { ($0.fault == nil) == (fault == nil) } ?? false
            since = isSame ? before?.since ?? now : now
        }

        func told(at now: Instant) -> InstanceHealth.Finding {
            InstanceHealth.Finding(fault: fault, age: (now - since).milliseconds)
        }
    }

    /// Where anything is wrong: a change of this is news, one of the words is not.
    struct Faults: Hashable, Sendable {
        var runtime: Bool
        var disk: Bool
    }

    var runtime: Finding
    var disk: Finding

    init(runtime: String?, disk: String?, after before: Examination?, at now: Instant) {
        self.runtime = Finding(runtime, after: before?.runtime, at: now)
        self.disk = Finding(disk, after: before?.disk, at: now)
    }

    var faults: Faults { Faults(runtime: runtime.fault != nil, disk: disk.fault != nil) }

    func health(at now: Instant) -> InstanceHealth {
        InstanceHealth(runtime: runtime.told(at: now), disk: disk.told(at: now))
    }
}
