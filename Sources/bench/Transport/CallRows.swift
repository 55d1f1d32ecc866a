/// CPU per call and per message, against the peers.
struct CallRows {
    /// At most so many times the cost of the bare C server; at least so many times cheaper than
    /// others.
    struct Target {
        var atMost: Double
        var cheaper: [(than: Server, by: Double)]

        var text: String {
            let others = cheaper.map { "≥ \($0.by.short) x less than \($0.than.rawValue)" }
            return (["≤ \(atMost.short) x \(Server.c.rawValue)"] + others).joined(separator: "; ")
        }
    }

    var runner: LoadRunner
    var servers: [RunningServer]

    func row(_ measure: String, _ load: Load, _ target: Target) throws -> (Row, [String]) {
        let subjects = servers.map { Comparison.Subject(server: $0, load: load) }
        let figures = try Comparison(runner: runner, subjects: subjects).run()
        let byServer = Dictionary(
            uniqueKeysWithValues: zip(servers.map(\.kind), figures))
        guard let ours = byServer[.muster], let limit = byServer[.c] else {
            throw BenchError("there is nothing to compare")
        }
        let ratio = ours.ratio(to: limit)
        var measured = ["\(ours.microseconds) us = \(ratio.short) x \(Server.c.rawValue)"]
        var isMet = ratio <= target.atMost
        for (server, factor) in target.cheaper {
            guard let other = byServer[server] else { continue }
            let less = other.ratio(to: ours)
            measured.append("\(less.short) x less than \(server.rawValue)")
            isMet = isMet && less >= factor
        }
        let details = figures.map { "\($0.microseconds) us, \(Int($0.callsPerSecond.median))/s" }
        return (
            Row(
                measure, target: target.text, measured: measured.joined(separator: "; "),
                isMet: isMet), [measure] + details
        )
    }
}
