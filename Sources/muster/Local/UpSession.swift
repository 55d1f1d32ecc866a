import ECSAPI
import Foundation
import Glibc
import Identity
import Model

/// One run of `muster up`: start or take over, watch, stop.
final class UpSession {
    private let plan: UpPlan
    private let requests: StopRequests
    private let manager: LocalNode
    private var workers: [LocalNode] = []
    private var endpoint = ""

    /// How long a node may take until it is there.
    static let startLimit = Duration.seconds(30)

    init(_ plan: UpPlan, requests: StopRequests) {
        self.plan = plan
        self.requests = requests
        manager = plan.manager
    }

    func run() async throws {
        do {
            let began = ContinuousClock.now
            let region = try await start()
            if requests.count == 0 {
                let took = began.duration(to: .now)
                Terminal.say("")
                Terminal.say(
                    Guide.text(
                        endpoint: endpoint, region: region, plan: plan,
                        took: Double(took.milliseconds) / 1_000,
                        credentials: .find(in: ProcessInfo.processInfo.environment)))
            }
        } catch {
            // What ran before goes on; what was begun here ends.
            await stop(([manager] + workers).filter { !$0.wasAdopted })
            throw error
        }
        await watch()
        Terminal.say("\nStopping the workers with their tasks, then the manager.")
        await stop(workers + [manager])
        Terminal.say("Stopped. The data is in \(plan.home.path).")
    }

    // MARK: Start

    /// - Returns: The cluster's region.
    private func start() async throws -> String {
        try makeLogs()
        if plan.usesHosts {
            try SimulatedHost.check()
            try SimulatedHost.makeNetwork()
        }
        let (client, workerAddress) = try await startManager()
        // `default` comes with the first worker, any other must be there before.
        if plan.cluster != "default" {
            try await client.createCluster(plan.cluster, region: plan.region)
        }
        if plan.tls { try await makeToken(client) }
        let epochs = try await self.epochs(client)
        for name in plan.workerNames {
            let node = plan.worker(name, manager: workerAddress)
            workers.append(node)
            // One that looks for its manager elsewhere would look for ever.
            if node.adopt(), node.card?.command.contains(workerAddress) != true { node.dismiss() }
            if !node.wasAdopted { try node.start() }
        }
        return try await awaitWorkers(client, epochs)
    }

    /// How often each worker had registered before this run starts any: a manager that was started
    /// again still counts on those it knew.
    private func epochs(_ client: ManagerClient) async throws -> [String: UInt64] {
        let clusters = try await client.status().clusters.filter { $0.name == plan.cluster }
        let known = clusters.flatMap(\.workers).map { ($0.name, $0.epoch) }
        return Dictionary(known, uniquingKeysWith: max)
    }

    /// A new token for this run's workers, in a file for this user alone, in place of the last
    /// run's. It is good for as long as one may be, so that the lines which bring a worker back
    /// work; the authority's own key is no further away.
    private func makeToken(_ client: ManagerClient) async throws {
        let path = plan.home.token(plan.cluster)
        let old = try? PrivateFile.read(path).map { try JoinTokenText($0).id }
        let made = try await client.createJoinToken(
            cluster: plan.cluster, region: nil, life: .seconds(365 * 86_400))
        do {
            try FileManager.default.createDirectory(
                atPath: plan.home.tokens, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try PrivateFile.write(made.token + "\n", to: path)
        } catch {
            throw Failure(.cannotCreate, "The join token can't be kept: \(error)")
        }
        if let old { try? await client.revokeJoinToken("\(old)") }
    }

    private func makeLogs() throws(Failure) {
        do {
            try FileManager.default.createDirectory(
                atPath: plan.home.logs, withIntermediateDirectories: true)
        } catch {
            throw Failure(.cannotCreate, "The folder \(plan.home.logs) can't be made: \(error)")
        }
    }

    private func startManager() async throws -> (ManagerClient, workers: String) {
        if !manager.adopt() { try manager.start() }
        let card = try await card(of: manager)
        guard let api = card.api, let workers = card.workers, let address = try? Address(api) else {
            throw Failure(.data, "\(plan.home.manager) is the folder of another node.")
        }
        if manager.wasAdopted, let wanted = plan.apiListen, wanted.port != 0,
            wanted.reachable != address
        {
            throw Failure(
                .busy,
                "A manager (pid \(card.pid)) still runs on \(plan.home.path) and listens on "
                    + "\(api), not on \(wanted). Leave out --api-listen to take it over, or "
                    + "stop it first with `kill \(card.pid)`.")
        }
        manager.arguments = plan.managerArguments(card)
        endpoint = "http://\(api)"
        let client = ManagerClient(
            address, environment: ProcessInfo.processInfo.environment)
        _ = try await client.status()
        Terminal.say(
            "manager",
            "\(manager.wasAdopted ? "still running" : "listening"): API \(endpoint), workers "
                + "\(workers) (pid \(card.pid))")
        return (client, workers)
    }

    /// What a node says of itself once it is there.
    private func card(of node: LocalNode) async throws -> NodeFolder.Card {
        let deadline = ContinuousClock.now + Self.startLimit
        while ContinuousClock.now < deadline {
            if let card = node.card { return card }
            try throwIfEnded(node)
            try throwIfStopped()
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure(
            .unavailable,
            "The \(node.name) is not ready after \(Self.startLimit.short). Its last lines in "
                + "\(node.log):\n\(node.logTail(lines: 5))")
    }

    /// Waits until every worker is registered and says so, one by one.
    private func awaitWorkers(
        _ client: ManagerClient, _ epochs: [String: UInt64]
    ) async throws -> String {
        var waiting = workers
        let deadline = ContinuousClock.now + Self.startLimit
        while true {
            let clusters = try await client.status().clusters.filter { $0.name == plan.cluster }
            for cluster in clusters {
                for node in waiting {
                    let isThere = cluster.workers.contains { worker in
                        worker.name == node.name && worker.connected
                            && (node.wasAdopted || worker.epoch > epochs[worker.name] ?? 0)
                    }
                    guard isThere else { continue }
                    waiting.removeAll { $0 === node }
                    let pid = node.process.map { "pid \($0.pid)" } ?? "ended"
                    Terminal.say(
                        node.name, "\(node.wasAdopted ? "still running" : "registered") (\(pid))")
                    if waiting.isEmpty { return cluster.region }
                }
            }
            for node in waiting { try throwIfEnded(node) }
            try throwIfStopped()
            guard ContinuousClock.now < deadline else {
                throw Failure(
                    .unavailable,
                    "\(waiting.map(\.name).joined(separator: ", ")) did not register within "
                        + "\(Self.startLimit.short). The last lines in \(waiting[0].log):\n"
                        + waiting[0].logTail(lines: 5))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func throwIfEnded(_ node: LocalNode) throws(Failure) {
        guard case .ended(let ending) = node.look() else { return }
        // What stopped the node stops this command: its reason and its code are passed on.
        let code: Failure.Code =
            if case .exited(let status) = ending { .init(rawValue: status) ?? .software } else {
                .software
            }
        throw Failure(
            code,
            "The \(node.name) \(ending.text). Its last lines in \(node.log):\n"
                + node.logTail(lines: 5))
    }

    private func throwIfStopped() throws(Failure) {
        if requests.count > 0 {
            throw Failure(.unavailable, "Stopped before the cluster was ready.")
        }
    }

    // MARK: Watch

    private func watch() async {
        while requests.count == 0 {
            for node in [manager] + workers {
                switch node.look() {
                case .ended(let ending):
                    Terminal.say(node.name, "\(ending.text). To bring it back:")
                    Terminal.say("", node.commandLine)
                case .returned(let pid): Terminal.say(node.name, "is back (pid \(pid))")
                case nil: break
                }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: Stop

    /// Workers first, so that the manager still hears how their tasks end.
    private func stop(_ nodes: [LocalNode]) async {
        for node in nodes { _ = node.look() }
        let living = nodes.filter { $0.process != nil }
        await end(living.filter { $0 !== manager }, within: plan.stopWithin + .seconds(5))
        await end(living.filter { $0 === manager }, within: .seconds(10))
        for node in nodes where node.process == nil && node !== manager {
            let count = node.cutPower()
            if count > 0 { Terminal.say(node.name, "had no agent; its \(count) containers died") }
        }
        guard plan.usesHosts else { return }
        for node in nodes { node.host?.end() }
        SimulatedHost.removeNetwork()
    }

    /// SIGTERM, and SIGKILL to those that are not gone in time or when the person asks again.
    private func end(_ nodes: [LocalNode], within limit: Duration) async {
        nodes.forEach { $0.terminate() }
        let asked = requests.count
        let deadline = ContinuousClock.now + limit
        var left = nodes
        while !left.isEmpty {
            left.removeAll { node in
                guard case .ended = node.look() else { return false }
                Terminal.say(node.name, "stopped")
                return true
            }
            if ContinuousClock.now >= deadline || requests.count > max(asked, 1) { break }
            try? await Task.sleep(for: .milliseconds(20))
        }
        for node in left {
            node.cutPower()
            Terminal.say(node.name, "killed")
        }
    }
}
