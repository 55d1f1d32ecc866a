import Foundation
import Journal
import Model
import Testing

@Suite("The text of a task definition, written member by member,")
struct TaskDefinitionTextTests {
    /// One with all that a definition can have; a new member belongs in here too.
    private func full() -> TaskDefinition {
        var definition = TaskDefinition(
            key: TaskDefinitionKey(region: "r", family: "f\"", revision: 5), status: .inactive,
            containers: [container(), ContainerDefinition(name: "é", image: "")],
            networkMode: .awsvpc, pidMode: .host, ipcMode: .task, cpu: 256, memory: 512,
            placementConstraints: [.distinctInstance],
            requiredAttributes: [Attribute(name: "a", value: "b"), Attribute(name: "c")],
            tags: [Tag(key: "k", value: "v\\")], registeredAt: WallTime(milliseconds: 1),
            deregisteredAt: WallTime(milliseconds: -2),
            document: Document(json: #"{"a":"\u0001"}"#))
        definition.deleteRequestedAt = WallTime(milliseconds: .max)
        return definition
    }

    private func container() -> ContainerDefinition {
        ContainerDefinition(
            name: "a\u{1}b", image: "i\n", cpu: 3, memory: 4, memoryReservation: 2,
            essential: false, entryPoint: ["sh", "-c"], command: ["\"x\""],
            environment: [EnvironmentVariable(name: "N", value: "V")], workingDirectory: "/w",
            user: "u", portMappings: [PortMapping(containerPort: 80, transport: .udp, name: "p")],
            startTimeout: 1, stopTimeout: 2,
            dependsOn: [ContainerDependency(container: "é", condition: .healthy)],
            ulimits: [Ulimit(name: "nofile", soft: 1, hard: 2)], gpus: 1,
            restartPolicy: RestartPolicy(ignoredExitCodes: [0, 1], attemptPeriod: 60),
            healthCheck: HealthCheck(
                command: ["CMD", "true"], interval: 5, timeout: 2, retries: 3, startPeriod: 0),
            setup: ContainerSetup(
                mounts: [Mount(volume: Volume(name: "v", kind: .host, hostPath: "/h"), path: "/c")],
                secrets: [NamedValue("S", "arn")], hostname: "h", isPrivileged: true))
    }

    private func bare() -> TaskDefinition {
        TaskDefinition(
            key: TaskDefinitionKey(region: "", family: "", revision: 1), containers: [],
            registeredAt: WallTime(milliseconds: 0))
    }

    @Test("is that of its own conformance")
    func same() throws {
        let text = JSONText()
        for definition in [full(), bare(), full()] {
            let own = try JSONText().encode(definition)
            #expect(try text.encode(definition: definition) == own)
            let read = try JSONDecoder().decode(TaskDefinition.self, from: Data(own.utf8))
            #expect(read == definition)
        }
    }

    @Test("is held against a definition that has every member")
    func complete() throws {
        let data = try JSONEncoder().encode(full())
        let members = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(members.keys) == labels(of: full()))
        let containers = try #require(members["containers"] as? [[String: Any]])
        #expect(containers.contains { Set($0.keys) == labels(of: container()) })
    }

    private func labels(of value: Any) -> Set<String> {
        Set(Mirror(reflecting: value).children.compactMap(\.label))
    }
}
