import ArgumentParser
import NIOPosix
import ServiceLifecycle
import Yams

@main
struct Muster: AsyncParsableCommand {
    func run() async throws {}
}
