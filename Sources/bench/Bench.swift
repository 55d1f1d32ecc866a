import ArgumentParser

/// The benchmarks. A verb a file.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures Muster against its peers.",
        subcommands: [
            TransportCommand.self, SchedulerCommand.self, ServeCommand.self, HoldCommand.self,
            FleetCommand.self, RecoverCommand.self, APICommand.self,
            WorkerCommand.self,
        ])
}
