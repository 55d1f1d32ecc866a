import Foundation

/// A manager with a large and a small cluster, asked what clients ask most.
struct APIRows {
    var settings: TransportSettings
    var moto: String?
    /// Tasks of the large cluster.
    var thousands: Int

    private static let workers = 700
    private static let tasksPerService = 5_000
    private static let patience = 300.0
    private static let family = "bench"

    func measure(_ parts: [APICommand.Part]) throws -> [Row] {
        let manager = try ManagerProcess("api", settings)
        defer { manager.process.stop() }
        say("filling the clusters")
        let fleet = try manager.fleet(of: Self.workers, in: ["large", "small"])
        defer { fleet.process.stop() }
        _ = try fleet.ask("connect", "connected")
        try fill(manager.api)
        return try parts.flatMap { part in
            switch part {
            case .describe: try [describeRow(manager.api)]
            case .list: try [listRow(manager.api)]
            case .run: try [runRow(manager.api)]
            case .moto: try moto.map { try motoRows($0, beside: manager.api) } ?? []
            }
        }
    }

    private func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    // MARK: The clusters

    private func fill(_ api: APIClient) throws {
        _ = try api.call("RegisterTaskDefinition", Self.definition)
        let services = max(1, thousands * 1_000 / Self.tasksPerService)
        for number in 0..<services {
            try serve("s\(number)", in: "large", Self.tasksPerService, api)
        }
        try serve("s0", in: "small", 1_000, api)
        let start = Date()
        let wanted = services * Self.tasksPerService
        while try running("large", services, api) < wanted || running("small", 1, api) < 1_000 {
            guard Date().timeIntervalSince(start) < Self.patience else {
                throw BenchError(
                    "only \(try running("large", services, api)) of \(wanted) tasks run after "
                        + "\(Int(Self.patience)) s")
            }
            usleep(200_000)
        }
    }

    private static var definition: [String: Any] {
        [
            "family": family,
            "containerDefinitions": [
                ["name": "app", "image": "bench", "cpu": 1, "memory": 6, "command": ["serve"]]
            ],
        ]
    }

    private func serve(
        _ name: String, in cluster: String, _ count: Int, _ api: APIClient
    ) throws {
        _ = try api.call(
            "CreateService",
            [
                "cluster": cluster, "serviceName": name, "taskDefinition": Self.family,
                "desiredCount": count,
            ])
    }

    private func running(_ cluster: String, _ services: Int, _ api: APIClient) throws -> Int {
        var sum = 0
        for first in stride(from: 0, to: services, by: 10) {
            let names = (first..<min(first + 10, services)).map { "s\($0)" }
            let answer = try api.call("DescribeServices", ["cluster": cluster, "services": names])
            let found = answer["services"] as? [[String: Any]] ?? []
            sum += found.reduce(0) { $0 + ($1["runningCount"] as? Int ?? 0) }
        }
        return sum
    }

    /// Some tasks of each service, a hundred in all.
    private func hundredTasks(_ api: APIClient) throws -> [String] {
        let services = max(1, thousands * 1_000 / Self.tasksPerService)
        var tasks: [String] = []
        for number in 0..<services {
            let answer = try api.call(
                "ListTasks",
                ["cluster": "large", "serviceName": "s\(number)", "maxResults": 100])
            let each = (100 + services - 1) / services
            tasks += (answer["taskArns"] as? [String] ?? []).prefix(each)
        }
        return Array(tasks.prefix(100))
    }

    // MARK: Rows

    /// Medians over the rounds.
    private func typical(_ load: APILoad, _ api: APIClient) throws -> APILoad.Result {
        say(load.operation)
        let results = try (0..<settings.rounds).map { _ in try load.run(port: api.port, settings) }
        return APILoad.Result(
            callsPerSecond: results.map(\.callsPerSecond).median,
            late: results.map(\.late).median)
    }

    private func describeRow(_ api: APIClient) throws -> Row {
        let tasks = try hundredTasks(api)
        let load = APILoad(
            operation: "DescribeTasks", input: ["cluster": "large", "tasks": tasks],
            sign: ("\"taskDefinitionArn\"", 100))
        let result = try typical(load, api)
        return Row(
            "DescribeTasks of 100 in a cluster of \(thousands),000", target: "1,500/s, p99 < 20 ms",
            measured: "\(result.callsPerSecond.short)/s, p99 \(result.late.short) ms",
            isMet: result.callsPerSecond >= 1_500 && result.late < 20)
    }

    private func listRow(_ api: APIClient) throws -> Row {
        func load(_ cluster: String) -> APILoad {
            APILoad(
                operation: "ListTasks",
                input: ["cluster": cluster, "serviceName": "s0", "maxResults": 100],
                sign: (":task\\/", 100))
        }
        let large = try typical(load("large"), api)
        let small = try typical(load("small"), api)
        let ratio = small.callsPerSecond / large.callsPerSecond
        return Row(
            "ListTasks, a page of 100 of \(thousands),000 by service",
            target: "2,000/s, as fast as of 1,000",
            measured: "\(large.callsPerSecond.short)/s, of 1,000 \(ratio.short) x",
            isMet: large.callsPerSecond >= 2_000 && ratio < 1.25)
    }

    private func runRow(_ api: APIClient) throws -> Row {
        let load = APILoad(
            operation: "RunTask",
            input: ["cluster": "small", "taskDefinition": Self.family, "count": 10],
            sign: ("\"taskDefinitionArn\"", 10))
        let result = try typical(load, api)
        return Row(
            "RunTask of 10, durable, placed", target: "1,000/s",
            measured: "\(result.callsPerSecond.short)/s, p99 \(result.late.short) ms",
            isMet: result.callsPerSecond >= 1_000)
    }

    // MARK: Moto

    private static let motoTarget = 20.0

    private func motoRows(_ program: String, beside api: APIClient) throws -> [Row] {
        let server = try MotoProcess(program, settings)
        defer { server.process.stop() }
        _ = try server.api.call("CreateCluster", ["clusterName": "small"])
        _ = try server.api.call("RegisterTaskDefinition", Self.definition)
        try serve("s0", in: "small", 1, server.api)
        let loads = [
            APILoad(
                operation: "CreateCluster", input: ["clusterName": "another"],
                sign: ("\"clusterArn\"", 1)),
            APILoad(
                operation: "RegisterTaskDefinition", input: Self.definition,
                sign: ("\"taskDefinitionArn\"", 1)),
            APILoad(
                operation: "DescribeServices", input: ["cluster": "small", "services": ["s0"]],
                sign: ("\"serviceArn\"", 1)),
        ]
        return try loads.map { load in
            say("\(load.operation), beside moto")
            let ratios = try (0..<settings.rounds).map { _ in
                let theirs = try load.run(port: server.api.port, settings).callsPerSecond
                return (try load.run(port: api.port, settings).callsPerSecond, theirs)
            }
            let ratio = ratios.map { $0.0 / $0.1 }.median
            return Row(
                "\(load.operation) beside moto_server", target: "20 x",
                measured: "\(ratio.short) x (\(ratios.map(\.0).median.short)/s and "
                    + "\(ratios.map(\.1).median.short)/s)", isMet: ratio >= Self.motoTarget)
        }
    }
}

/// The usual stand-in for AWS in tests, on the core that the manager has.
struct MotoProcess {
    let process: MeasuredProcess
    let api: APIClient

    init(_ program: String, _ settings: TransportSettings) throws {
        let port = 20_000 + Int(getpid()) % 10_000
        // It says a line for each call, on both of its outputs.
        process = try MeasuredProcess(
            name: "moto_server",
            command: [
                "sh", "-c", "exec \"$0\" -H 127.0.0.1 -p \(port) >/dev/null 2>&1", program,
            ], core: settings.serverCore, log: settings.scratch + "/moto.log")
        api = APIClient(port: port)
        let start = Date()
        while (try? api.call("ListClusters", [:])) == nil {
            guard Date().timeIntervalSince(start) < 60 else {
                throw BenchError("moto_server did not start:\n\(process.logEnd)")
            }
            usleep(200_000)
        }
    }
}
