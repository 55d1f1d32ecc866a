import ArgumentParser
import ClusterState
import Foundation
import HashTreeCollections
import Journal
import Logging
import ManagerCore
import Model

/// Starts a manager's core from a data folder and says what that took.
struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Reads a data folder as a manager does (used by `bench scheduler`).",
        discussion: """
            Says "recovered TASKS BYTES SECONDS": by how much this process grew, a core for the \
            state included. Then "past RECORDS TASKS RUNNING SECONDS" of the state as of a time.
            """,
        shouldDisplay: false)

    @Argument(help: "The data folder.")
    var folder: String

    @Option(help: "Milliseconds since 1970.")
    var asOf: Int64

    func run() throws {
        var logger = Logger(label: "bench")
        logger.logLevel = .warning
        var limits = Journal.Limits()
        limits.history = .max
        let before = try Memory.resident()
        var opened: (journal: Journal, recovered: Journal.Recovered)?
        let seconds = try timed {
            opened = try Journal.open(folder: folder, limits: limits, logger: logger)
        }
        guard let opened else { return }
        let state = opened.recovered.state
        var effects = EffectBuffer()
        let core = ManagerCore(
            recovered: state, settings: ManagerSettings(), seed: opened.recovered.seed,
            at: Moment(monotonic: .zero, wall: WallTime(milliseconds: asOf)), into: &effects)
        let bytes = try Memory.resident() - before
        say("recovered \(core.state.tasks.count) \(bytes) \(seconds)")

        let past = try opened.journal.past(objectsMaximum: .max)
        var then = ClusterState()
        let time = try timed { then = try past.state(asOf: WallTime(milliseconds: asOf)) }
        let running = then.tasks.values.count { $0.lastStatus == .running }
        say("past \(state.revision) \(then.tasks.count) \(running) \(time)")
    }

    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
