import ArgumentParser
import Foundation
import Glibc
import Model
import Runtimes

struct KillHostVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill-host",
        abstract:
            "Kills a worker on this machine with all its containers, as a loss of power would.",
        discussion: """
            The agent and every process of every container die at once, without a word to anyone. \
            The manager notices, and the tasks come back on other workers:

              $ muster kill-host worker-2
              $ muster status

            `muster up` on the same data brings the worker back; so does the `muster worker …` \
            line that `muster up` prints. For a worker with a data folder of its own:

              $ muster kill-host web-7 --data /var/lib/muster/web-7
            """
    )

    @Argument(help: "The worker's name.")
    var worker: String

    @Option(
        help: ArgumentHelp(
            "The data folder that `muster up` works in (default: ~/.muster), or the worker's own.",
            valueName: "dir"))
    var data: String?

    func run() async throws {
        let home = Home(flag: data, environment: ProcessInfo.processInfo.environment)
        let folder = try Self.find(worker, in: home)
        let clock = ContinuousClock()
        let start = clock.now
        let agent = folder.owner()
        agent?.signal(SIGKILL)
        // A living agent would see its containers die and tell of it.
        if let agent, !agent.hasEnded(withinMilliseconds: 5_000) {
            throw Failure(.software, "The agent of \(worker) (pid \(agent.pid)) can't be killed.")
        }
        let containers: Int
        do throws(RuntimeError) {
            if let count = SimulatedHost.cutPower(worker: folder.path) {
                containers = count
            } else {
                containers = try PowerLoss.cut(dataFolder: folder.path)
            }
        } catch {
            throw Failure(.io, "The containers of \(worker) can't all be found: \(error.reason)")
        }
        let took = "\(start.duration(to: clock.now).milliseconds) ms"
        let noun = containers == 1 ? "container" : "containers"
        Terminal.say(
            agent.map {
                "\(worker) lost power: its agent (pid \($0.pid)) and \(containers) \(noun) died "
                    + "within \(took)."
            } ?? "\(worker) lost power: \(containers) \(noun) died within \(took); its agent was "
                + "not running.")
    }

    /// The worker's folder in the local cluster, or the very folder that was named.
    static func find(_ worker: String, in home: Home) throws(Failure) -> NodeFolder {
        let local = NodeFolder(path: home.worker(worker))
        if !worker.contains("/"), FileManager.default.fileExists(atPath: local.path) {
            return local
        }
        let own = NodeFolder(path: home.path)
        if own.newestCard()?.name == worker { return own }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: home.workers)) ?? []
        let known = names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
        throw Failure(
            .noInput,
            "There is no worker \(worker) in \(home.path); there are: \(known). Name the folder "
                + "of its cluster, or its own, with --data.")
    }
}
