import Chaos
import Foundation
import Model
import SimulationReport

/// One run of a scenario on real processes.
final class ChaosRun {
    struct Outcome {
        var scenario: Scenario
        var seed: UInt64
        var evidence: Evidence
        var verdicts: [Verdict]
        /// Milliseconds in all.
        var took: Int64

        var isPassed: Bool { verdicts.allSatisfy(\.isMet) }
    }

    private let file: ScenarioFile
    private let seed: UInt64
    private let cluster: ChaosCluster
    private let schedule: Schedule
    private let requests: StopRequests
    private var noted: [ChaosHistory.Noted] = []
    /// Faults that last, by when they began in civil milliseconds.
    private var open: [(fault: Fault, start: Int64)] = []

    init(_ file: ScenarioFile, seed: UInt64, home: Home, requests: StopRequests) {
        self.file = file
        self.seed = seed
        self.requests = requests
        cluster = ChaosCluster(home: home, requests: requests)
        schedule = Schedule(file.scenario, seed: seed)
    }

    /// - Throws: When it was interrupted. What else goes wrong is a verdict.
    func run() async throws(Failure) -> Outcome {
        let began = ContinuousClock.now
        var evidence = Evidence(
            timeline: Timeline(start: 0, end: 0), faults: [], violation: nil, restedAfter: nil,
            leftBehind: [], stopped: 0)
        var verdicts: [Verdict]
        do {
            evidence = try await play()
            verdicts = Verdict.all(on: file.scenario, evidence)
        } catch {
            verdicts = [
                Verdict(
                    "the run comes to its end", bound: "it does", measured: "\(error)",
                    isMet: false)
            ]
        }
        cluster.tearDown()
        if requests.count > 0 { throw .interrupted }
        return Outcome(
            scenario: file.scenario, seed: seed, evidence: evidence, verdicts: verdicts,
            took: began.duration(to: .now).milliseconds)
    }

    private func play() async throws -> Evidence {
        let scenario = file.scenario
        try await cluster.start(scenario.cluster)
        let services = ChaosServices(client: try cluster.api(), file: file)
        try await services.create()
        try await cluster.wait(upTo: .seconds(60), "all services have their tasks") {
            try await services.isWhole()
        }
        let acts = FaultActs(nodes: cluster.nodes, links: cluster.links)
        do {
            try await follow(acts, services)
        } catch {
            undo(acts)
            throw error
        }
        let restedAfter = try await rest(services)
        let left = try await leftBehind(services)
        let end = Self.now
        try await cluster.stop()
        let gone = cluster.processesLeft()
        let history = try ChaosHistory(folder: cluster.home.manager, noted: noted, until: end)
        return Evidence(
            timeline: history.timeline, faults: history.faults, violation: history.violation,
            restedAfter: restedAfter,
            leftBehind: left
                + (gone.isEmpty ? [] : ["processes \(gone.joined(separator: ", "))"]),
            stopped: history.stopped)
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    // MARK: The schedule

    private func follow(_ acts: FaultActs, _ services: ChaosServices) async throws {
        let start = ContinuousClock.now
        // What is to happen at one moment is told as of one.
        var moment = (at: Int64(-1), civil: Int64(0))
        for entry in schedule.entries {
            try await sleep(until: start + .milliseconds(entry.at))
            if moment.at != entry.at { moment = (entry.at, Self.now) }
            let time = String(format: "%5.1fs", Double(entry.at) / 1_000)
            switch entry.event {
            case .begin(let fault): try begin(fault, at: moment.civil, time, acts)
            case .end(let fault):
                Terminal.say("  \(time)  end of \(fault)")
                try end(fault, acts)
            case .change(let change):
                Terminal.say("  \(time)  \(change)")
                try await services.apply(change)
            }
        }
    }

    private func begin(
        _ fault: Fault, at civil: Int64, _ time: String, _ acts: FaultActs
    ) throws(Failure) {
        // It is undone also when it fails half way.
        if !fault.kind.isMoment { open.append((fault, civil)) }
        let isDone = try acts.begin(fault)
        Terminal.say("  \(time)  \(fault)\(isDone ? "" : ": there is nothing to break")")
        if isDone, fault.kind.isMoment {
            noted.append(.init(fault: fault, start: civil, end: Self.now))
        }
    }

    private func end(_ fault: Fault, _ acts: FaultActs) throws(Failure) {
        guard let index = open.firstIndex(where: { $0.fault == fault }) else { return }
        let start = open.remove(at: index).start
        noted.append(.init(fault: fault, start: start, end: Self.now))
        try acts.end(fault)
    }

    /// Undoes what lasts: whoever is interrupted leaves no frozen process behind.
    private func undo(_ acts: FaultActs) {
        for (fault, _) in open { try? acts.end(fault) }
        open = []
    }

    private func sleep(until deadline: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < deadline {
            guard requests.count == 0 else { throw Failure.interrupted }
            let left = ContinuousClock.now.duration(to: deadline)
            try await Task.sleep(for: min(left, .milliseconds(50)))
        }
    }

    // MARK: The end

    /// For how long all must be as it should before that counts: an agent that has just died is not
    /// missed at once.
    private static let calm = Duration.seconds(1)

    /// - Returns: Milliseconds until all was whole; `nil` when it was not in time.
    private func rest(_ services: ChaosServices) async throws -> Int64? {
        let start = ContinuousClock.now
        let limit = Duration.milliseconds(file.scenario.restWithin)
        var wholeSince: ContinuousClock.Instant?
        while requests.count == 0 {
            let now = ContinuousClock.now
            if (try? await isAtRest(services)) == true {
                let since = wholeSince ?? now
                wholeSince = since
                if since.duration(to: now) >= Self.calm {
                    return start.duration(to: since).milliseconds
                }
            } else {
                wholeSince = nil
                if start.duration(to: now) > limit { return nil }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure.interrupted
    }

    private func isAtRest(_ services: ChaosServices) async throws -> Bool {
        guard try await services.isWhole(),
            try await cluster.connected() == file.scenario.cluster.workers,
            cluster.workers.allSatisfy({ $0.card != nil })
        else { return false }
        return try await leftBehind(services).isEmpty
    }

    /// Containers that live beyond those that the services have, or lack.
    private func leftBehind(_ services: ChaosServices) async throws -> [String] {
        let expected = try await services.containers()
        let living = try cluster.containers()
        return living == expected
            ? [] : ["\(living) containers live where the services have \(expected)"]
    }
}

extension Failure {
    /// Somebody wants to go home: what was begun is undone first.
    static let interrupted = Failure(.unavailable, "Interrupted; what was begun is undone.")
}
