import ArgumentParser
import Chaos
import Foundation

struct ChaosRunVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs failure tests on clusters of their own, and judges them.",
        discussion: """
            Each scenario gets a manager and workers of its own on free ports of this machine, in \
            a folder that is removed when all went well. Exit code 1 when something that must hold \
            did not.
            """)

    @Argument(help: ArgumentHelp("Scenarios.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("Decides on faults that a scenario draws.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("How often each is run, with the next seed each time."))
    var times = 1

    @Option(
        help: ArgumentHelp(
            "How many times the scenarios' bounds of time hold here, for a machine that has other "
                + "work."))
    var patience = 1

    @Option(help: ArgumentHelp("Writes JUnit's XML.", valueName: "file"))
    var junit: String?

    @Option(help: ArgumentHelp("Writes all verdicts as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Writes a page with the last run's timeline.", valueName: "file"))
    var html: String?

    @Option(
        help: ArgumentHelp(
            "Where the clusters' folders are made, and kept (default: a new one in the temporary "
                + "folder, removed unless a test fails).", valueName: "dir"))
    var keep: String?

    func validate() throws {
        guard (1...1_000).contains(times) else {
            throw ValidationError("--times must be from 1 to 1000, not \(times).")
        }
        guard (1...100).contains(patience) else {
            throw ValidationError("--patience must be from 1 to 100, not \(patience).")
        }
    }

    func run() async throws {
        var scenarios: [ScenarioFile] = []
        for path in files { scenarios.append(try ScenarioFile(path: path).patient(patience)) }
        let requests = StopRequests()
        var outcomes: [ChaosRun.Outcome] = []
        var failure: (any Error)?
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await requests.listen() }
            defer { group.cancelAll() }
            do {
                for file in scenarios {
                    for turn in 0..<times {
                        outcomes.append(try await play(file, turn, requests))
                    }
                }
            } catch {
                failure = error
            }
        }
        try write(outcomes)
        if let failure { throw failure }
        let failed = outcomes.filter { !$0.isPassed }
        Terminal.say(
            failed.isEmpty
                ? "All \(outcomes.count) runs passed."
                : "\(failed.count) of \(outcomes.count) runs failed: "
                    + failed.map(\.scenario.name).joined(separator: ", "))
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private func play(
        _ file: ScenarioFile, _ turn: Int, _ requests: StopRequests
    ) async throws -> ChaosRun.Outcome {
        let seed = seed &+ UInt64(turn)
        let parent = keep.map(Home.absolute) ?? Home.absolute(NSTemporaryDirectory())
        let folder = "\(parent)/muster-chaos-\(UUID().uuidString.prefix(8).lowercased())"
        Terminal.say("\(file.scenario.name) (\(file.path), seed \(seed))")
        let outcome = try await ChaosRun(
            file, seed: seed, home: Home(folder), requests: requests
        ).run()
        Terminal.say(ChaosOutput.text(outcome))
        if keep == nil, outcome.isPassed {
            try? FileManager.default.removeItem(atPath: folder)
        } else {
            Terminal.say("  the cluster's folder: \(folder)")
        }
        Terminal.say()
        return outcome
    }

    private func write(_ outcomes: [ChaosRun.Outcome]) throws {
        if let junit { try NewFile.write(ChaosOutput.junit(outcomes), to: junit) }
        if let json { try NewFile.write(try ChaosOutput.json(outcomes), to: json) }
        if let html, let last = outcomes.last {
            try NewFile.write(ChaosOutput.page(last), to: html)
        }
    }
}
