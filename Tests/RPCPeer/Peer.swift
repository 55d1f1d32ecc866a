import ArgumentParser

/// A gRPC peer on the `RPC` module, for tests with other implementations.
@main struct Peer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpc-peer",
        abstract: "gRPC's interoperability tests on Muster's RPC module, as server and as client.",
        subcommands: [ServerCommand.self, ClientCommand.self])
}
