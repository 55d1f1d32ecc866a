import Dispatch
import Foundation
import Simulation
import Synchronization

/// Runs a range of seeds on several threads and gathers what came of them.
final class Batch: Sendable {
    struct Tally {
        var next: UInt64
        var runs = 0
        var coreEvents: UInt64 = 0
        var virtualTime: Int64 = 0
        var records: UInt64 = 0
        var marks = MarkCounts()
        var failures: [Simulation.Outcome] = []
        var rests: [Int64] = []
        var digests: [(seed: UInt64, digest: UInt64)] = []
        var toldAt = Date()
    }

    private let options: Options
    private let tally: Mutex<Tally>

    init(_ options: Options) {
        self.options = options
        tally = Mutex(Tally(next: options.seeds.lowerBound))
    }

    func run() -> Tally {
        DispatchQueue.concurrentPerform(iterations: max(1, options.jobs)) { _ in
            while let seed = takeSeed() {
                guard let plan = try? options.plan(seed: seed) else { return }
                count(Simulation.run(plan))
            }
        }
        return tally.withLock { tally in
            tally.failures.sort { $0.plan.seed < $1.plan.seed }
            tally.digests.sort { $0.seed < $1.seed }
            tally.rests.sort()
            return tally
        }
    }

    private func takeSeed() -> UInt64? {
        tally.withLock { tally in
            guard tally.next <= options.seeds.upperBound,
                tally.failures.count < options.failuresMaximum
            else { return nil }
            defer { tally.next += 1 }
            return tally.next
        }
    }

    private func count(_ outcome: Simulation.Outcome) {
        tally.withLock { tally in
            tally.runs += 1
            tally.coreEvents += outcome.coreEvents
            tally.virtualTime += outcome.time
            tally.records += outcome.revisions
            tally.marks.add(outcome.marks)
            tally.digests.append((outcome.plan.seed, outcome.digest))
            if let rest = outcome.restedAfter { tally.rests.append(rest) }
            if outcome.failure != nil { tally.failures.append(outcome) }
            if Date().timeIntervalSince(tally.toldAt) > 10 {
                tally.toldAt = Date()
                print("  \(tally.runs) of \(options.seeds.count) seeds")
                fflush(nil)
            }
        }
    }
}
