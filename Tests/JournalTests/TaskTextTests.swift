import Foundation
import Journal
import Model
import Testing

@Suite("The text of a task, written member by member,")
struct TaskTextTests {
    /// One with all that a task can have; a new member belongs in here and in `JSONText+Task`.
    private func full() -> ECSTask {
        var task = bare([
            Container(
                id: ContainerID(high: .max, low: 2), name: "a\"b", image: "i\u{1}",
                lastStatus: .stopped, exitCode: -137, reason: "k\\illed", runtimeID: "r",
                networkBindings: [
                    NetworkBinding(containerPort: 80, hostPort: 8080),
                    NetworkBinding(containerPort: 81, hostPort: 8081, transport: .udp),
                ], health: .healthy, cpu: 3, memory: 4, memoryReservation: 5, restarts: 6,
                imageDigest: "sha256:ab", address: "10.88.0.2"),
            Container(id: ContainerID(high: 1, low: .max), name: "é", image: ""),
        ])
        task.desiredStatus = .stopped
        task.lastStatus = .deprovisioning
        task.health = .unhealthy
        task.pullStartedAt = WallTime(milliseconds: 1)
        task.pullStoppedAt = WallTime(milliseconds: 2)
        task.startedAt = WallTime(milliseconds: 3)
        task.stoppingAt = WallTime(milliseconds: 4)
        task.executionStoppedAt = WallTime(milliseconds: 5)
        task.stoppedAt = WallTime(milliseconds: .max)
        task.stopCode = .spotInterruption
        task.stoppedReason = "because"
        task.version = 12
        task.protectedUntil = WallTime(milliseconds: -7)
        return task
    }

    private func bare(_ containers: [Container] = []) -> ECSTask {
        ECSTask(
            id: TaskID(high: 0x0123_4567_89AB_CDEF, low: 2), instance: InstanceID(high: 0, low: 3),
            origin: Shared(
                TaskOrigin(
                    cluster: ClusterID(high: 1, low: 4),
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 5),
                    group: "service:web", reserved: Resources(cpu: 8, tcpPorts: [80]),
                    tags: [Tag(key: "k", value: "v")])),
            containers: containers, createdAt: WallTime(milliseconds: 10))
    }

    @Test("is that of its own conformance")
    func same() throws {
        let text = JSONText()
        for task in [full(), bare(), bare([]), full()] {
            let own = try JSONText().encode(task)
            #expect(try text.encode(task: task) == own)
            #expect(try JSONDecoder().decode(ECSTask.self, from: Data(own.utf8)) == task)
        }
    }

    @Test("is held against a task that has every member")
    func complete() throws {
        let data = try JSONEncoder().encode(full())
        let task = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let keys = Set(ECSTask.storedMembers)
        #expect(Set(task.keys) == keys)
        let containers = try #require(task["containers"] as? [[String: Any]])
        #expect(containers.contains { Set($0.keys) == Set(Container.storedMembers) })
    }

    private func fullOrigin() -> TaskOrigin {
        TaskOrigin(
            cluster: ClusterID(high: 1, low: 4),
            definition: TaskDefinitionKey(region: "r\"", family: "f\u{2}", revision: 5),
            group: "service:\\web", startedBy: "me\n", service: ServiceID(high: 9, low: 8),
            deployment: DeploymentID(number: .max), launchType: .external,
            reserved: Resources(cpu: 8, memory: 9, tcpPorts: [80, 81], udpPorts: [53], gpus: 2),
            overrides: TaskOverrides(
                containers: [TaskOverrides.Container(name: "a", command: ["b"], cpu: 1)],
                memory: 7, document: Document(json: #"{"memory":"7"}"#)),
            clientToken: "token", tags: [Tag(key: "k", value: "v"), Tag(key: "l", value: "")],
            onLost: .stop,
            wish: PlacementWish(constraints: [.distinctInstance], strategies: [.random]),
            capacityProvider: "p", hasHealthCheck: true, takesCommands: true)
    }

    @Test("and its origin's too, with every member and with none")
    func origins() throws {
        var plain = bare().origin.value
        plain.tags = []
        plain.hasHealthCheck = false
        plain.takesCommands = false
        for origin in [fullOrigin(), bare().origin.value, plain] {
            let own = try JSONText().encode(origin)
            #expect(try JSONText().encode(Shared(origin)) == own)
            #expect(try JSONDecoder().decode(TaskOrigin.self, from: Data(own.utf8)) == origin)
        }
        let data = try JSONEncoder().encode(fullOrigin())
        let members = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(members.keys)
                == Set(Mirror(reflecting: fullOrigin()).children.compactMap(\.label)))
    }
}
