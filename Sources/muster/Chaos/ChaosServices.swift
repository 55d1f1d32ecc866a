import Chaos
import ECSAPI
import Foundation
import Model

/// The services of a failure test, set up and changed through the ECS API as anybody would.
final class ChaosServices {
    private let client: ManagerClient
    private let file: ScenarioFile
    /// How many containers a task of each service has.
    private var containersPerTask: [String: Int] = [:]

    init(client: ManagerClient, file: ScenarioFile) {
        self.client = client
        self.file = file
    }

    /// What a service says of itself.
    struct Described: Decodable {
        var serviceName: String
        var desiredCount: Int
        var runningCount: Int
        var pendingCount: Int
        var deployments: [Deployment]

        struct Deployment: Decodable {
            var rolloutState: String?
        }

        /// Whether it has all its tasks, of one deployment that is complete.
        var isWhole: Bool {
            runningCount == desiredCount && pendingCount == 0 && deployments.count == 1
                && deployments.first?.rolloutState == "COMPLETED"
        }
    }

    func create() async throws {
        for service in file.scenario.services {
            let family = try await register(service)
            _ = try await client.ecs(
                "CreateService",
                Creation(
                    serviceName: service.name, taskDefinition: family,
                    desiredCount: service.count,
                    deploymentConfiguration: .init(
                        minimumHealthyPercent: service.minimumPercent,
                        maximumPercent: service.maximumPercent),
                    placementStrategy: [.init(type: "spread", field: "instanceId")]))
        }
    }

    func described() async throws(Failure) -> [Described] {
        struct Request: Encodable { var services: [String] }
        struct Answer: Decodable { var services: [Described] }
        let names = file.scenario.services.map(\.name)
        let data = try await client.ecs("DescribeServices", Request(services: names))
        guard let answer = try? JSONDecoder().decode(Answer.self, from: data) else {
            throw Failure(.software, "DescribeServices can't be read.")
        }
        return answer.services
    }

    /// Containers that should live, by what the services say.
    func containers() async throws(Failure) -> Int {
        try await described().reduce(0) { sum, service in
            sum + service.runningCount * (containersPerTask[service.serviceName] ?? 1)
        }
    }

    func isWhole() async throws(Failure) -> Bool {
        let services = try await described()
        return services.count == file.scenario.services.count && services.allSatisfy(\.isWhole)
    }

    func apply(_ change: Scenario.Change) async throws {
        switch change {
        case .redeploy(let service):
            _ = try await client.ecs(
                "UpdateService", Update(service: service, forceNewDeployment: true))
        case .scale(let service, let count):
            _ = try await client.ecs("UpdateService", Update(service: service, desiredCount: count))
        case .drain(let worker): try await set(worker, .draining)
        case .activate(let worker): try await set(worker, .active)
        }
    }

    private func set(_ worker: String, _ status: UpdatedInstanceState) async throws {
        for cluster in try await client.status().clusters {
            for known in cluster.workers where known.name == worker {
                try await client.setInstance(
                    known.id, to: status, cluster: cluster.name, region: cluster.region)
            }
        }
    }

    private func register(_ service: Scenario.Service) async throws -> String {
        struct Answer: Decodable {
            struct Container: Decodable {}
            struct Definition: Decodable {
                var taskDefinitionArn: String
                var containerDefinitions: [Container]
            }
            var taskDefinition: Definition
        }
        let request =
            try service.definition.map { name throws(Failure) in try file.definition(name) }
            ?? JSONEncoder().encode(Sleeper(family: service.name))
        let data = try await client.ecs("RegisterTaskDefinition", json: request)
        let definition = try JSONDecoder().decode(Answer.self, from: data).taskDefinition
        containersPerTask[service.name] = definition.containerDefinitions.count
        return definition.taskDefinitionArn
    }

    /// A task that does nothing for a day.
    private struct Sleeper: Encodable {
        struct Container: Encodable {
            var name = "main"
            var image = "sleeper"
            var command = ["sleep", "86400"]
            var cpu = 16
            var memory = 16
            var stopTimeout = 2
        }
        var family: String
        var containerDefinitions = [Container()]
    }

    private struct Creation: Encodable {
        struct Limits: Encodable {
            var minimumHealthyPercent: Int
            var maximumPercent: Int
        }
        struct Strategy: Encodable {
            var type: String
            var field: String
        }
        var serviceName: String
        var taskDefinition: String
        var desiredCount: Int
        var deploymentConfiguration: Limits
        var placementStrategy: [Strategy]
    }

    private struct Update: Encodable {
        var service: String
        var desiredCount: Int?
        var forceNewDeployment: Bool?
    }
}
