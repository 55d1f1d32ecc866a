import ArgumentParser
import Simulation
import SimulationReport

struct SimulateVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs services in a simulated cluster where all goes wrong, or checks a history.",
        discussion: """
            The manager's and the workers' real decisions, in virtual time: an hour takes seconds. \
            Hosts lose power, links break, the manager crashes; then the faults stop, and all must \
            come to rest. The same seed gives the same run.

              $ muster simulate --seed 7
              $ muster simulate --seeds 1..100 --faults power-loss,partition --html report.html
              $ muster simulate --seeds 1..20 --workers 8 --services task.json service.json
              $ muster simulate --check ~/.muster/manager

            FILEs are what `aws ecs register-task-definition` and `aws ecs create-service` take \
            with --cli-input-json, in any order. Without them a demo service is simulated: three \
            tasks, minimum 100 percent.

            Kinds of fault: \(FaultKind.allCases.map(\.description).joined(separator: ", ")). \
            Without --faults each seed draws a mix of its own.

            Exit code 1 when an invariant was broken: that is a bug of Muster's.
            """
    )

    @Option(help: ArgumentHelp("One run (default: 1).", valueName: "n"))
    var seed: String?

    @Option(help: ArgumentHelp("Many runs, A to B.", valueName: "a..b"))
    var seeds: String?

    @Option(help: ArgumentHelp("How many workers (default: 5).", valueName: "n"))
    var workers: Int?

    @Option(help: ArgumentHelp("CPU units of each worker (default: 4096).", valueName: "units"))
    var cpu: Int?

    @Option(help: ArgumentHelp("Memory of each worker (default: 8192).", valueName: "mib"))
    var memory: Int?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Task definitions and services to simulate.", valueName: "file"))
    var services: [String] = []

    @Option(
        help: ArgumentHelp("What goes wrong: all, none, or kinds with commas.", valueName: "list"))
    var faults: String?

    @Option(
        help: ArgumentHelp(
            "How long things go wrong, in virtual time (default: 25m).",
            valueName: "time"))
    var duration: String?

    @Flag(
        help: ArgumentHelp(
            "The services, clients and limits that the seed draws, as Muster's own tests run them; "
                + "--services names some of them then."))
    var drawn = false

    @Flag(help: "Prints every step of a single run.")
    var log = false

    @Option(help: ArgumentHelp("Writes the report as a page, too.", valueName: "file"))
    var html: String?

    @Option(
        help: ArgumentHelp(
            "Checks the history of a real cluster instead: the data folder of a manager that does "
                + "not run, or an exported history.", valueName: "data"))
    var check: String?

    @Option(
        help: ArgumentHelp("Writes the checked history, a JSON record a line.", valueName: "file"))
    var export: String?

    /// What else a failure's replay line may have, such as `--fault-time`.
    @Argument(parsing: .allUnrecognized, help: .hidden)
    var rest: [String] = []

    func run() async throws {
        if let check { return try runCheck(check) }
        guard export == nil else { throw Failure(.usage, "--export goes with --check.") }
        let options = try SimulateOptions(self)
        let files =
            options.files.isEmpty || drawn ? .demo : try await ServiceFiles.read(options.files)
        let runs = SimulateRuns(options: options, services: files)
        if log {
            guard options.seeds.count == 1 else {
                throw Failure(.usage, "--log goes with a single --seed.")
            }
            _ = try runs.one(options.seeds.lowerBound, trace: .all { Terminal.say($0) })
            Terminal.say()
        }
        let batch = try runs.all()
        Terminal.say(ReportText.render(batch))
        if let html {
            let timeline = try runs.one(batch.worst.seed).timeline
            try NewFile.write(Page.render(batch, timeline: timeline), to: html)
            Terminal.say("  page          \(html)")
        }
        if !batch.violated.isEmpty { throw ExitCode(1) }
    }

    private func runCheck(_ data: String) throws {
        guard seed == nil, seeds == nil, services.isEmpty, faults == nil, duration == nil,
            workers == nil, cpu == nil, memory == nil, rest.isEmpty, !drawn, !log
        else {
            throw Failure(
                .usage, "--check reads what happened; only --html and --export go with it.")
        }
        let (report, timeline) = try HistoryCheck.run(data, export: export)
        Terminal.say(ReportText.render(report))
        if let html {
            try NewFile.write(Page.render(report, timeline: timeline), to: html)
            Terminal.say("  page          \(html)")
        }
        if !report.isWhole { throw Failure(.noInput, report.verdict) }
        if report.violation != nil { throw ExitCode(1) }
    }
}
