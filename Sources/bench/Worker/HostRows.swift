import Foundation
import Model

/// The agent on a host with a real containerd: how fast tasks start through Muster and through
/// containerd alone, and what the agent costs while they run and nothing happens.
struct HostRows {
    /// What each task runs, and what it is given.
    private static let command = ["sleep", "1000000"]
    private static let cpu = 10
    private static let memory = 32
    private static let family = "bench"
    /// RunTask's own maximum.
    private static let tasksPerCall = 10
    private static let patience = 180.0
    private static let ratioTarget = 0.9
    private static let memoryTarget = 40.0
    private static let cpuTarget = 0.5
    /// From the last start until nothing of it is left to do.
    private static let calm: UInt32 = 12

    let settings: TransportSettings
    let socket: String
    let image: String
    let network: String
    let tasks: Int
    let say: (String) -> Void

    func rows(_ parts: [WorkerCommand.Part]) throws -> [Row] {
        let direct = try DirectStarts(socket: socket, folder: settings.scratch + "/output")
        guard try direct.sandboxes().isEmpty else {
            throw BenchError("\(socket) runs something else: the figures would mean nothing")
        }
        let manager = try ManagerProcess("starts", settings, timing: [])
        defer { manager.process.stop() }
        let agent = try agent(of: manager)
        defer { agent.stop() }
        // Whatever became of the rest, no container stays.
        defer { try? direct.removeAll() }
        try register(manager.api)
        say("warming up")
        _ = try startByMuster(4, manager.api, agent)
        try stopAll(manager.api, direct)
        _ = try direct.start(specs(4))
        try direct.removeAll()
        var rows: [Row] = []
        if parts.contains(.starts) { rows.append(try startRow(manager, direct, agent)) }
        if parts.contains(.idle) { rows += try idleRows(manager.api, direct, agent) }
        return rows
    }

    // MARK: Starts

    private func startRow(
        _ manager: ManagerProcess, _ direct: DirectStarts, _ agent: MeasuredProcess
    ) throws -> Row {
        let api = manager.api
        var pairs: [(muster: Double, direct: Double)] = []
        var cpu = (agent: 0.0, manager: 0.0)
        for round in 0..<settings.rounds {
            say("starts, round \(round + 1) of \(settings.rounds)")
            var pair = (muster: 0.0, direct: 0.0)
            // Each is first every other time.
            for isMuster in [round % 2 == 0, round % 2 == 1] {
                if isMuster {
                    let before = (agent.cpuNanoseconds, manager.process.cpuNanoseconds)
                    pair.muster = Double(tasks) / (try startByMuster(tasks, api, agent))
                    cpu.agent += agent.cpuNanoseconds - before.0
                    cpu.manager += manager.process.cpuNanoseconds - before.1
                    try stopAll(api, direct)
                } else {
                    pair.direct = Double(tasks) / (try direct.start(specs(tasks)))
                    try direct.removeAll()
                }
            }
            say("  \(pair.muster.short)/s and \(pair.direct.short)/s by containerd alone")
            pairs.append(pair)
        }
        let ratio = pairs.map { $0.muster / $0.direct }.median
        // Milliseconds a task.
        let parts = Double(tasks * settings.rounds) * 1e6
        return Row(
            "\(tasks) tasks started through Muster beside containerd alone, network mode "
                + "\(network), \(DirectStarts.concurrent) at a time", target: "≥ 90 %",
            measured: "\((ratio * 100).short) % (\(pairs.map(\.muster).median.short)/s and "
                + "\(pairs.map(\.direct).median.short)/s; CPU a task: agent "
                + "\((cpu.agent / parts).short) ms, manager \((cpu.manager / parts).short) ms)",
            isMet: ratio >= Self.ratioTarget)
    }

    /// From the first call of the API until the manager shows the last task RUNNING, in seconds.
    private func startByMuster(
        _ count: Int, _ api: APIClient, _ agent: MeasuredProcess
    ) throws -> Double {
        let start = Uptime.now
        for first in stride(from: 0, to: count, by: Self.tasksPerCall) {
            let some = min(Self.tasksPerCall, count - first)
            let answer = try api.call(
                "RunTask", ["taskDefinition": Self.family, "count": some])
            guard (answer["tasks"] as? [Any])?.count == some else {
                throw BenchError("not every task was placed: \(answer["failures"] ?? "")")
            }
        }
        while try runningTasks(api) < count {
            guard Uptime.now - start < Self.patience else {
                throw BenchError(
                    "only \(try runningTasks(api)) of \(count) tasks run:\n\(agent.logEnd)")
            }
            // Looks take CPU time that starts could have.
            usleep(100_000)
        }
        return Uptime.now - start
    }

    private func stopAll(_ api: APIClient, _ direct: DirectStarts) throws {
        let list = try api.call("ListTasks", ["desiredStatus": "RUNNING"])
        for task in list["taskArns"] as? [String] ?? [] {
            _ = try api.call("StopTask", ["task": task])
        }
        let start = Uptime.now
        while try !direct.sandboxes().isEmpty {
            guard Uptime.now - start < Self.patience else {
                throw BenchError("\(try direct.sandboxes().count) sandboxes are not removed")
            }
            usleep(100_000)
        }
    }

    private func runningTasks(_ api: APIClient) throws -> Int {
        try cluster(api)["runningTasksCount"] as? Int ?? 0
    }

    private func cluster(_ api: APIClient) throws -> [String: Any] {
        let answer = try api.call("DescribeClusters", [:])
        return (answer["clusters"] as? [[String: Any]])?.first ?? [:]
    }

    // MARK: Idle

    private func idleRows(
        _ api: APIClient, _ direct: DirectStarts, _ agent: MeasuredProcess
    ) throws -> [Row] {
        say("\(tasks) tasks run; nothing happens for \(Int(settings.seconds)) s")
        _ = try startByMuster(tasks, api, agent)
        sleep(Self.calm)
        let cpu = agent.cpuNanoseconds
        let start = Uptime.now
        usleep(UInt32(settings.seconds * 1e6))
        let share = (agent.cpuNanoseconds - cpu) / 1e9 / (Uptime.now - start) * 100
        let memory = Double(try agent.residentBytes()) / Double(1 << 20)
        guard try runningTasks(api) == tasks, try direct.running() == tasks else {
            throw BenchError("not all of the \(tasks) tasks ran on")
        }
        try stopAll(api, direct)
        return [
            Row(
                "memory of the agent with \(tasks) tasks", target: "≤ 40 MB",
                measured: "\(memory.short) MB", isMet: memory <= Self.memoryTarget),
            Row(
                "CPU of the agent with \(tasks) tasks, of a core, over \(Int(settings.seconds)) s",
                target: "< 0.5 %", measured: "\(share.short) %", isMet: share < Self.cpuTarget),
        ]
    }

    // MARK: What they need

    /// The tasks of ``register(_:)`` as the manager gives them to the agent.
    private func specs(_ count: Int) -> [TaskSpec] {
        let container = ContainerDefinition(
            name: "main", image: image, cpu: Self.cpu, memory: Self.memory, command: Self.command)
        return (0..<count).map { _ in
            let id = TaskID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
            return TaskSpec(
                id: id, arn: "arn:aws:ecs:us-east-1:000000000000:task/default/\(id)",
                cluster: "default", family: Self.family, revision: 1,
                group: "family:\(Self.family)", containers: [container],
                containerIDs: [ContainerID(high: id.high, low: id.low)],
                networkMode: network == "host" ? .host : .bridge)
        }
    }

    private func agent(of manager: ManagerProcess) throws -> MeasuredProcess {
        let token = settings.scratch + "/token"
        try Data(try manager.token("default").utf8).write(to: URL(fileURLWithPath: token))
        let agent = try MeasuredProcess(
            name: "muster worker",
            command: [
                settings.muster, "worker", "--name", "bench", "--manager",
                "127.0.0.1:\(manager.workerPort)", "--token-file", token, "--data",
                settings.scratch + "/worker", "--runtime", "containerd://\(socket)", "--cpu",
                "\(Self.cpu * tasks)", "--memory", "\(Self.memory * tasks)", "--log-level",
                "warning",
            ], core: nil, log: settings.scratch + "/worker.log")
        let start = Uptime.now
        while try cluster(manager.api)["registeredContainerInstancesCount"] as? Int != 1 {
            guard Uptime.now - start < Self.patience else {
                throw BenchError("the agent did not register:\n\(agent.logEnd)")
            }
            usleep(20_000)
        }
        return agent
    }

    private func register(_ api: APIClient) throws {
        let container: [String: Any] = [
            "name": "main", "image": image, "cpu": Self.cpu, "memory": Self.memory,
            "command": Self.command, "stopTimeout": 2,
        ]
        _ = try api.call(
            "RegisterTaskDefinition",
            [
                "family": Self.family, "networkMode": network,
                "containerDefinitions": [container],
            ])
    }
}
