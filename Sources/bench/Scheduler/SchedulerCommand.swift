import ArgumentParser

/// Scheduling at scale: the table of rates, times and memory beside SwarmKit's figures.
struct SchedulerCommand: ParsableCommand {
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case decide, pass, durable, many, event, memory, loss, restart
    }

    static let configuration = CommandConfiguration(
        commandName: "scheduler",
        abstract: "Measures placement in the manager's core at scale.",
        discussion: """
            SwarmKit's figures were measured on a machine of the same kind with equal work: \
            see Sources/bench/README.md. Exits with 1 when a row misses its target.
            """)

    @Option(help: "Rounds of each row; a figure is the median.")
    var rounds = 5

    @Option(
        parsing: .upToNextOption,
        help: "These parts only, of: \(Part.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: [Part] = []

    func run() throws {
        let rows = SchedulerRows(rounds: rounds)
        let usual = Size(instances: 5_000, services: 100, tasksEach: 1_000)
        let many = Size(instances: 100_000, services: 100, tasksEach: 1_000)
        var table: [Row] = []
        // Memory comes first, while nothing else has left holes in the heap.
        for part in [.memory] + Part.allCases.filter({ $0 != .memory })
        where only.isEmpty || only.contains(part) {
            switch part {
            case .memory:
                table += try rows.memory(Size(instances: 5_000, services: 200, tasksEach: 5_000))
            case .restart:
                table += try rows.restart(Size(instances: 500, services: 100, tasksEach: 5_000))
            case .decide: table.append(try rows.decide(usual))
            case .pass:
                table.append(
                    try rows.wholePass(usual, against: SchedulerRows.SwarmKit.tick, atLeast: 8))
            case .durable:
                table.append(try rows.durablePass(usual, atLeast: 4))
            case .many:
                table.append(
                    try rows.wholePass(
                        many, against: SchedulerRows.SwarmKit.tickOfManyNodes, atLeast: 10))
            case .event:
                table.append(try rows.event(instances: [100, 5_000, 100_000]))
            case .loss:
                table.append(try rows.lossOfMany(usual))
            }
            print(table.last.map { "\($0.measure): \($0.measured)" } ?? "")
        }
        print("\n" + Table(table).text)
        let misses = table.filter { $0.verdict == .miss }.count
        print("\n\(table.count) rows, \(misses) missed")
        if misses > 0 { throw ExitCode.failure }
    }
}
