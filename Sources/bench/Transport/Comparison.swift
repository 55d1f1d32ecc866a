/// What a load cost one server, a figure a round.
struct Figures {
    /// CPU time of the server per call or message.
    var nanoseconds: [Double] = []
    var callsPerSecond: [Double] = []

    /// How many times more this costs than the other. Each round is compared with the one beside
    /// it, so that a machine whose speed drifts does not tell.
    func ratio(to other: Figures) -> Double {
        zip(nanoseconds, other.nanoseconds).map { $0 / $1 }.median
    }

    var microseconds: String { (nanoseconds.median / 1_000).short }
}

/// One load on several servers, in alternating rounds.
struct Comparison {
    struct Subject {
        var server: RunningServer
        var load: Load
    }

    var runner: LoadRunner
    var subjects: [Subject]

    /// The figures of each subject, in their order.
    func run() throws -> [Figures] {
        let calls = try subjects.map { try runner.callsToFill($0.load, $0.server) }
        var figures = subjects.map { _ in Figures() }
        for round in 0..<runner.settings.rounds {
            // Every round begins with another, so that none has a place of its own.
            for turn in subjects.indices {
                let index = (turn + round) % subjects.count
                let subject = subjects[index]
                let result = try runner.run(subject.load, subject.server, calls: calls[index])
                figures[index].nanoseconds.append(result.nanoseconds)
                figures[index].callsPerSecond.append(result.callsPerSecond)
            }
        }
        return figures
    }
}
