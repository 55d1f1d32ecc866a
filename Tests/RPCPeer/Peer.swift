import ArgumentParser

@main struct Peer: AsyncParsableCommand {
}
