import Model

/// Which failures a person was told of lately, so that each is told aloud once in a while only.
struct Complaints: Sendable {
    /// What failed: the manager at an address, or the stream of assignments.
    enum Subject: Hashable, Sendable {
        case manager(String, WorkerRefusal.Code)
        case stream
    }

    /// How often the same failure is told.
    static let interval = Duration.seconds(30)
    /// Different texts about one subject that are told within the interval.
    static let textsMaximum = 3
    /// Failures remembered: of all managers known, of some that a redirect named, and more.
    static let entriesMaximum = 64

    /// The oldest first.
    private var told: [(subject: Subject, text: String, at: Instant)] = []

    /// Whether the failure is new or was told long ago; if so it counts as told now.
    mutating func isNews(_ subject: Subject, about text: String, at now: Instant) -> Bool {
        told.removeAll { now - $0.at >= Self.interval }
        let texts = told.filter { $0.subject == subject }.map(\.text)
        guard !texts.contains(text), texts.count < Self.textsMaximum else { return false }
        if told.count >= Self.entriesMaximum { told.removeFirst() }
        told.append((subject, text, now))
        return true
    }

    /// All is well with the managers: what fails from now on is news.
    mutating func managerIsWell() {
        told.removeAll { $0.subject != .stream }
    }
}
