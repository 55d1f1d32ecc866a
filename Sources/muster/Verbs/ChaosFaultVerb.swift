import ArgumentParser
import Chaos
import Foundation
import Model

struct ChaosFaultVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault", abstract: "One fault on a cluster of `muster up`.",
        shouldDisplay: false)

    @Argument(help: "What goes wrong.")
    var fault: String

    @Argument(help: "The worker; none for faults of the manager.")
    var worker: String?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Until when it is undone (default: 5s).", valueName: "time"))
    var duration = "5s"

    @Option(
        help: ArgumentHelp(
            "The folder that `muster up` works in (default: MUSTER_DATA, or ~/.muster).",
            valueName: "dir"))
    var data: String?

    func run() async throws {
        let home = Home(flag: data, environment: ProcessInfo.processInfo.environment)
        let fault = try asked()
        let node = try node(fault, home)
        let acts = FaultActs(nodes: [fault.target: node])
        let requests = StopRequests()
        let failure: (any Error)? = await withTaskGroup(of: Void.self) { group in
            group.addTask { await requests.listen() }
            defer { group.cancelAll() }
            // From here on Ctrl-C undoes what was begun.
            while !requests.isListening { try? await Task.sleep(for: .milliseconds(1)) }
            do {
                try await suffer(fault, acts, requests)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func suffer(
        _ fault: Fault, _ acts: FaultActs, _ requests: StopRequests
    ) async throws {
        do {
            guard try acts.begin(fault) else {
                throw Failure(.unavailable, "\(fault): there is no container that could die.")
            }
        } catch {
            try? acts.end(fault)
            throw error
        }
        guard !fault.kind.isMoment else { return Terminal.say("\(fault): done.") }
        Terminal.say("\(fault): begun. It is undone in \(duration), or at Ctrl-C.")
        let deadline = ContinuousClock.now + .milliseconds(fault.duration)
        while ContinuousClock.now < deadline, requests.count == 0 {
            try? await Task.sleep(for: .milliseconds(20))
        }
        try acts.end(fault)
        Terminal.say("\(fault): undone.")
    }

    private func asked() throws(Failure) -> Fault {
        guard let kind = Fault.Kind(rawValue: fault) else {
            let known = Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.usage, "There is no fault '\(fault)'. There are: \(known).")
        }
        guard let span = Duration(span: duration), span > .zero, span <= .seconds(86_400) else {
            throw Failure(.usage, "--for: '\(duration)' is no time span up to a day.")
        }
        if kind.isOfManager {
            guard worker == nil else {
                throw Failure(.usage, "\(fault) is about the manager; leave out \(worker ?? "").")
            }
            return Fault(kind, Fault.manager, for: span.milliseconds)
        }
        guard let worker else {
            throw Failure(.usage, "\(fault) needs a worker: muster chaos \(fault) worker-1")
        }
        return Fault(kind, worker, for: span.milliseconds)
    }

    /// The node as it runs now, with the line that starts it again.
    private func node(_ fault: Fault, _ home: Home) throws(Failure) -> LocalNode {
        let folder =
            fault.kind.isOfManager
            ? NodeFolder(path: home.manager) : try KillHostVerb.find(fault.target, in: home)
        guard let card = folder.newestCard() else {
            throw Failure(.noInput, "No \(fault.target) has ever run in \(folder.path).")
        }
        let node = LocalNode(
            name: fault.target, folder: folder, log: home.log(fault.target),
            arguments: Array(card.command.dropFirst()),
            host: SimulatedHost.of(worker: folder.path))
        guard node.adopt() else {
            throw Failure(.unavailable, "\(fault.target) is not running in \(folder.path).")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: home.logs, withIntermediateDirectories: true)
        } catch {
            throw Failure(.cannotCreate, "The folder \(home.logs) can't be made: \(error)")
        }
        return node
    }
}
