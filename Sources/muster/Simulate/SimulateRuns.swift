import Dispatch
import Foundation
import Simulation
import SimulationReport
import Synchronization

/// Runs each seed, several at once, and measures what came of it.
struct SimulateRuns {
    let options: SimulateOptions
    let services: ServiceFiles

    /// Runs every seed.
    func all() throws(Failure) -> BatchReport {
        let seeds = options.seeds
        let gathered = Mutex<(next: UInt64?, runs: [RunReport], failure: Failure?)>(
            (seeds.lowerBound, [], nil))
        let jobs = min(ProcessInfo.processInfo.activeProcessorCount, seeds.count)
        DispatchQueue.concurrentPerform(iterations: max(1, jobs)) { _ in
            while let seed = gathered.withLock({ state -> UInt64? in
                guard let seed = state.next, state.failure == nil else { return nil }
                state.next = seed < seeds.upperBound ? seed + 1 : nil
                return seed
            }) {
                do throws(Failure) {
                    let report = try one(seed).report
                    gathered.withLock { $0.runs.append(report) }
                } catch {
                    gathered.withLock { $0.failure = error }
                }
            }
        }
        let (runs, failure) = gathered.withLock { ($0.runs, $0.failure) }
        if let failure { throw failure }
        guard let batch = BatchReport(runs) else { throw Failure(.software, "Nothing was run.") }
        return batch
    }

    /// Runs one seed, and gives its timeline too.
    func one(
        _ seed: UInt64, trace: Trace.Mode = .off
    ) throws(Failure) -> (report: RunReport, timeline: Timeline) {
        let plan = try options.plan(seed: seed, services)
        var recorder = Recorder()
        let outcome = Simulation.run(plan, trace: trace) { recorder.take($0, at: $1) }
        let timeline = recorder.timeline(end: outcome.time)
        let report = RunReport(
            outcome, Availability(timeline), summary: options.summary(of: plan),
            replay: options.replay(seed: seed))
        return (report, timeline)
    }
}
