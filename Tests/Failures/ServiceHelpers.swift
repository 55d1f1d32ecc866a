import Foundation
import ProcessSupport
import Testing

/// What the stories in this folder have in common.
extension LocalCluster {
    /// Registers a definition of one container that runs a shell command.
    func register(_ family: String, _ command: String, cpu: Int = 64) async throws {
        try await client.call(
            "RegisterTaskDefinition",
            [
                "family": .string(family),
                "containerDefinitions": [
                    [
                        "name": "main", "image": "busybox", "memory": 64,
                        "cpu": .number(Double(cpu)), "stopTimeout": 2,
                        "command": ["/bin/sh", "-c", .string(command)],
                    ]
                ],
            ])
    }

    func createService(_ name: String, of family: String, count: Int) async throws {
        try await client.call(
            "CreateService",
            [
                "serviceName": .string(name), "taskDefinition": .string(family),
                "desiredCount": .number(Double(count)),
            ])
    }

    func service(_ name: String) async throws -> JSON {
        try await client.call("DescribeServices", ["services": [.string(name)]])["services"][0]
    }

    /// Waits until the service has all its tasks RUNNING and one deployment.
    func waitStable(_ name: String, within limit: Duration = .seconds(20)) async throws {
        try await eventually(within: limit, "service \(name) is stable") {
            let service = try await self.service(name)
            return service["runningCount"] == service["desiredCount"]
                && service["deployments"].items.count == 1 ? true : nil
        }
    }

    /// The container instance that a worker is.
    func instance(_ worker: String) async throws -> JSON {
        let found = try await instances().first { $0["ec2InstanceId"] == .string(worker) }
        return try #require(found, "no instance of \(worker)")
    }

    func runningTasks() async throws -> [JSON] {
        try await tasks().filter { $0["lastStatus"] == "RUNNING" }
    }

    /// The process ids of a task's containers, as the runtime reported them.
    func pids(of tasks: [JSON]) -> Set<String> {
        Set(tasks.flatMap { $0["containers"].items.map { $0["runtimeId"].string } })
    }
}

/// What may not change while nothing happens to a task.
struct TaskIdentity: Hashable {
    var arn: String
    var runtimeIDs: [String]
    var startedAt: JSON
    var version: JSON

    init(_ task: JSON) {
        arn = task["taskArn"].string
        runtimeIDs = task["containers"].items.map { $0["runtimeId"].string }
        startedAt = task["startedAt"]
        version = task["version"]
    }
}
