import Foundation
import Simulation

/// Many seeds of the simulated cluster, for tests and by hand.
@main
struct SimulateBatch {
    static func main() {
        do throws(Plan.ArgumentError) {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            exit(try run(options) ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(64)
        }
    }

    private static func run(_ options: Options) throws(Plan.ArgumentError) -> Bool {
        if options.isLogged {
            let plan = try options.plan(seed: options.seeds.lowerBound)
            let outcome = Simulation.run(plan, trace: .all { print($0) })
            if let failure = outcome.failure { print("\nFAILED \(failure.violation)") }
            return outcome.failure == nil
        }
        let start = Date()
        let tally = Batch(options).run()
        let seconds = Date().timeIntervalSince(start)
        for outcome in tally.failures { report(outcome, options) }
        if options.showsDigests {
            for (seed, digest) in tally.digests { print(seed, String(digest, radix: 16)) }
        }
        summarize(tally, seconds)
        let isLarge = options.seeds.count >= Mark.largeBatch
        let missing = tally.marks.missing.filter { isLarge || !Mark.rare.contains($0) }
        guard options.demandsMarks, !missing.isEmpty else { return tally.failures.isEmpty }
        print("FAILED: never reached: \(missing.map(\.rawValue).joined(separator: ", "))")
        return false
    }

    private static func summarize(_ tally: Batch.Tally, _ seconds: Double) {
        let rate = Int(Double(tally.coreEvents) / max(seconds, 0.001))
        let median = tally.rests.isEmpty ? 0 : tally.rests[tally.rests.count / 2]
        print(
            "\(tally.runs) seeds, \(tally.virtualTime / 3_600_000) virtual hours, "
                + "\(tally.coreEvents) core events, \(tally.records) records in "
                + "\(Int(seconds)) s: \(rate) core events/s; at rest after \(median) ms "
                + "(median), \(tally.rests.last ?? 0) ms (longest); "
                + "\(Mark.allCases.count - tally.marks.missing.count) of \(Mark.allCases.count) "
                + "marks; \(tally.failures.count) failures")
        let counts = Mark.allCases.map { "\($0.rawValue) \(tally.marks[$0])" }
        print("marks: \(counts.joined(separator: ", "))")
    }

    private static func report(_ outcome: Simulation.Outcome, _ options: Options) {
        guard let failure = outcome.failure else { return }
        print("FAILED seed \(outcome.plan.seed): \(failure.violation)")
        print("  at \(failure.time) ms, event \(failure.event), \(outcome.plan.summary)")
        print("  replay: muster simulate --drawn \(outcome.plan.arguments.joined(separator: " "))")
        guard options.shrinks else { return }
        let smallest = Shrinking.shrink(outcome.plan)
        let again = Simulation.run(smallest, trace: .tail)
        print("  shrunk: muster simulate --drawn \(smallest.arguments.joined(separator: " "))")
        print("  \(smallest.summary)")
        for line in again.failure?.log ?? [] { print("    \(line)") }
        if let text = again.failure?.violation { print("  \(text)\n") }
    }
}
