/// The real manager and a fleet of workers: what they cost it, by mutual TLS.
struct ManagerRows {
    private static let tasksPerWorker = 10
    /// Where usage is.
    private static let tasksMeasured = 20
    private static let family = "bench"

    var settings: TransportSettings
    var say: (String) -> Void

    private var security: String { settings.isManagerTLS ? "mutual TLS" : "PLAINTEXT" }

    // MARK: Heartbeats, memory

    func steadyRows() throws -> [Row] {
        let manager = try ManagerProcess("steady", settings)
        defer { manager.process.stop() }
        let workers = settings.held / 2
        try registerDefinition(manager)
        try warmUp(manager)
        let before = try manager.process.settledResidentBytes()
        say("the manager with \(workers) workers: joining")
        let fleet = try manager.fleet(of: workers, in: ["steady"])
        defer { fleet.process.stop() }
        _ = try fleet.ask("connect", "connected")
        let idle = try manager.process.settledResidentBytes()
        say("the manager with \(workers) workers: \(Self.tasksPerWorker) tasks each")
        try startTasks(Self.tasksPerWorker, manager, fleet, in: "steady")
        let busy = try manager.process.settledResidentBytes()
        let heartbeats = try heartbeatRow(manager, fleet, workers)
        let held = Double(busy - before) / Double(workers) / 1_024
        let bare = Double(idle - before) / Double(workers) / 1_024
        return [
            heartbeats,
            Row(
                "memory of the manager per worker with \(Self.tasksPerWorker) tasks, \(security), "
                    + "\(workers) workers", target: "≤ 65 KB",
                measured: "\(held.short) KB (\(bare.short) KB without tasks)", isMet: held <= 65),
        ]
    }

    private func heartbeatRow(
        _ manager: ManagerProcess, _ fleet: FleetProcess, _ workers: Int
    ) throws -> Row {
        say("heartbeats of \(workers) workers")
        var costs: [Double] = []
        var rates: [Double] = []
        var loads: [Double] = []
        let clock = ContinuousClock()
        for _ in 0..<settings.rounds {
            let cpu = manager.process.cpuNanoseconds
            let start = clock.now
            let beats = try fleet.ask("beat \(settings.seconds * 2)", "beaten")
            let time = start.duration(to: clock.now) / .seconds(1)
            let spent = manager.process.cpuNanoseconds - cpu
            costs.append(spent / beats / 1_000)
            rates.append(beats / time)
            loads.append(spent / 1e9 / time)
        }
        return Row(
            "CPU per heartbeat of the manager, \(security), \(workers) workers with streams, "
                + "saturated", target: "≤ 13 us",
            measured: "\(costs.median.short) us (\(Int(rates.median))/s, its core "
                + "\(Int(loads.median * 100)) % busy); \(Server.c.rawValue) in plaintext on as "
                + "many connections \(try floor(workers).short) us", isMet: costs.median <= 13)
    }

    /// What the same number of connections costs a server that does nothing else, on this machine
    /// and in this run: microseconds mean little without it.
    private func floor(_ workers: Int) throws -> Double {
        var load = Load.heartbeats(connections: workers, streams: 1)
        load.countsCallsOnly = true
        let server = try Server.c.start(settings)
        defer { server.process.stop() }
        let runner = LoadRunner(settings: settings)
        let calls = 20 * workers
        let costs = try (0..<settings.rounds).map { _ in
            try runner.run(load, server, calls: calls).nanoseconds / 1_000
        }
        return costs.median
    }

    // MARK: Usage

    /// Ten heartbeats go out for each measurement, at the default periods: all measurements are to
    /// cost no more than all heartbeats.
    func usageRow() throws -> Row {
        let manager = try ManagerProcess("usage", settings)
        defer { manager.process.stop() }
        try registerDefinition(manager, size: 1_000 / Self.tasksMeasured)
        try warmUp(manager)
        let workers = min(1_000, settings.held)
        say("usage of \(Self.tasksMeasured) tasks on each of \(workers) workers")
        let fleet = try manager.fleet(of: workers, in: ["usage"])
        defer { fleet.process.stop() }
        _ = try fleet.ask("connect", "connected")
        try startTasks(Self.tasksMeasured, manager, fleet, in: "usage")
        var costs: (usage: [Double], heartbeat: [Double]) = ([], [])
        for _ in 0..<settings.rounds {
            costs.usage.append(try cost(of: "use", "used", manager, fleet))
            costs.heartbeat.append(try cost(of: "beat", "beaten", manager, fleet))
        }
        let (usage, heartbeat) = (costs.usage.median, costs.heartbeat.median)
        return Row(
            "CPU per report of the usage of \(Self.tasksMeasured) containers, \(security), "
                + "\(workers) workers", target: "≤ 10 heartbeats",
            measured: "\(usage.short) us, a heartbeat \(heartbeat.short) us; at their default "
                + "periods \((usage * Double(workers) / 1e5).short) % and "
                + "\((heartbeat * Double(workers) / 1e4).short) % of a core",
            isMet: usage <= 10 * heartbeat)
    }

    /// Microseconds of the manager's for each of what a fleet does without pause.
    private func cost(
        of request: String, _ answer: String, _ manager: ManagerProcess, _ fleet: FleetProcess
    ) throws -> Double {
        let cpu = manager.process.cpuNanoseconds
        let count = try fleet.ask("\(request) \(settings.seconds * 2)", answer)
        return (manager.process.cpuNanoseconds - cpu) / count / 1_000
    }

    // MARK: Connects, fan-out

    func arrivalRows() throws -> [Row] {
        let manager = try ManagerProcess("fan-out", settings)
        defer { manager.process.stop() }
        try registerDefinition(manager)
        try warmUp(manager)
        let workers = settings.held
        say("the manager with \(workers) workers: joining")
        let fleet = try manager.fleet(of: workers / 2, in: ["one", "two"])
        defer { fleet.process.stop() }
        say("\(workers) workers connect")
        let cpu = manager.process.cpuNanoseconds
        let seconds = try fleet.ask("connect", "connected")
        let spent = (manager.process.cpuNanoseconds - cpu) / Double(workers) / 1_000
        let rate = Double(workers) / seconds
        return [
            Row(
                "connects a second, \(security), with registration and stream",
                target: "≥ 1500", measured: "\(Int(rate))/s (\(Int(spent)) us of the manager each)",
                isMet: rate >= 1_500),
            try fanOutRow(manager, fleet, workers),
        ]
    }

    private func fanOutRow(
        _ manager: ManagerProcess, _ fleet: FleetProcess, _ workers: Int
    ) throws -> Row {
        say("one assignment to each of \(workers) workers")
        let clusters = ["one", "two"]
        for cluster in clusters {
            _ = try manager.api.call(
                "CreateService",
                [
                    "cluster": cluster, "serviceName": "one-each", "taskDefinition": Self.family,
                    "desiredCount": 0, "placementConstraints": [["type": "distinctInstance"]],
                ])
        }
        let held = try manager.process.settledResidentBytes()
        try manager.process.forgetPeak()
        _ = try fleet.ask("mark", "marked")
        let start = Uptime.now
        for cluster in clusters {
            _ = try manager.api.call(
                "UpdateService",
                ["cluster": cluster, "service": "one-each", "desiredCount": workers / 2])
        }
        let seconds = try fleet.ask("touched", "touched") - start
        let peak = Double(try manager.process.peakResidentBytes() - held) / Double(workers)
        return Row(
            "fan-out of the manager: one assignment to each of \(workers) workers, \(security)",
            target: "< 1 s, memory bounded",
            measured: "\((seconds * 1_000).short) ms; +\((peak / 1_024).short) KB a worker",
            isMet: seconds < 1)
    }

    // MARK: What they need

    /// A small fleet comes and goes: what it brings about once is nobody's cost.
    private func warmUp(_ manager: ManagerProcess) throws {
        let fleet = try manager.fleet(of: 100, in: ["warm-up"])
        defer { fleet.process.stop() }
        _ = try fleet.ask("connect", "connected")
        try startTasks(Self.tasksPerWorker, manager, fleet, in: "warm-up")
        _ = try fleet.ask("beat 0.2", "beaten")
    }

    /// - Parameter size: CPU units and MiB of a task; a worker has 1,024 of each.
    private func registerDefinition(_ manager: ManagerProcess, size: Int = 100) throws {
        let container: [String: Any] = [
            "name": "main", "image": "registry.example/team/app:1.4.2", "cpu": size, "memory": size,
            "essential": true, "command": ["serve", "--port", "8080"],
            "environment": [["name": "STAGE", "value": "production"]],
        ]
        _ = try manager.api.call(
            "RegisterTaskDefinition",
            ["family": Self.family, "containerDefinitions": [container]])
    }

    /// Gives each worker its tasks, as many as fit.
    private func startTasks(
        _ count: Int, _ manager: ManagerProcess, _ fleet: FleetProcess, in cluster: String
    ) throws {
        var next: String?
        repeat {
            var request: [String: Any] = ["cluster": cluster, "maxResults": 100]
            request["nextToken"] = next
            let page = try manager.api.call("ListContainerInstances", request)
            let instances = page["containerInstanceArns"] as? [String] ?? []
            for first in stride(from: 0, to: instances.count, by: 10) {
                let some = Array(instances[first..<min(first + 10, instances.count)])
                for _ in 0..<count {
                    try start(some, manager, cluster)
                }
            }
            next = page["nextToken"] as? String
        } while next != nil
        _ = try fleet.ask("running \(count)", "ran")
    }

    private func start(
        _ instances: [String], _ manager: ManagerProcess, _ cluster: String
    ) throws {
        let answer = try manager.api.call(
            "StartTask",
            [
                "cluster": cluster, "taskDefinition": Self.family, "containerInstances": instances,
            ])
        guard (answer["tasks"] as? [Any])?.count == instances.count else {
            throw BenchError("not every task was started: \(answer["failures"] ?? "")")
        }
    }
}
