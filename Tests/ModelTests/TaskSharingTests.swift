import Foundation
import Model
import Testing

@Suite("Tasks share what they have in common")
struct TaskSharingTests {
    private func task(_ number: UInt64, group: String = "service:web") -> ECSTask {
        ECSTask(
            id: TaskID(high: 1, low: number), instance: InstanceID(high: 1, low: 3),
            origin: Shared(
                TaskOrigin(
                    cluster: ClusterID(high: 1, low: 4),
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 5),
                    group: group, reserved: Resources(cpu: 8, memory: 9))),
            containers: [
                Container(id: ContainerID(high: 2, low: number), name: "app", image: "i", cpu: 1)
            ], createdAt: WallTime(milliseconds: 10))
    }

    @Test("though they were made apart, when they were read one after another")
    func shared() {
        var sharing = TaskSharing()
        var tasks = [task(1), task(2), task(3, group: "other"), task(4)]
        let before = tasks
        for index in tasks.indices { sharing.share(&tasks[index]) }
        #expect(tasks == before)
        #expect(tasks[0].origin.isIdentical(to: tasks[1].origin))
        #expect(tasks[0].origin.isIdentical(to: tasks[3].origin))
        #expect(!tasks[0].origin.isIdentical(to: tasks[2].origin))
        #expect(tasks[0].containers[0].make.isIdentical(to: tasks[2].containers[0].make))
    }

    @Test("and a change of one is seen in no other")
    func apart() {
        let first = task(1)
        var second = first
        second.tags = [Tag(key: "k", value: "v")]
        second.containers[0].image = "other"
        second.containers[0].exitCode = 3
        second.stoppedReason = "reason"
        #expect(first == task(1))
        #expect(second.tags.count == 1 && second.containers[0].image == "other")
        #expect(second.containers[0].exitCode == 3 && second.stoppedReason == "reason")
    }

    @Test("What is taken back leaves the task as it was")
    func takenBack() {
        var changed = task(1)
        changed.protectedUntil = WallTime(milliseconds: 5)
        changed.startedAt = WallTime(milliseconds: 6)
        changed.containers[0].restarts = 2
        #expect(changed != task(1))
        changed.protectedUntil = nil
        changed.startedAt = nil
        changed.containers[0].restarts = nil
        #expect(changed == task(1) && changed.hashValue == task(1).hashValue)
    }

    @Test("A container comes back from disk as it was")
    func roundTrip() throws {
        let container = Container(
            id: ContainerID(high: 1, low: 2), name: "n", image: "i", lastStatus: .stopped,
            exitCode: 137, reason: "killed", runtimeID: "r",
            networkBindings: [NetworkBinding(containerPort: 80, hostPort: 8080)],
            health: .healthy, cpu: 3, memory: 4, memoryReservation: 5, restarts: 6)
        let data = try JSONEncoder().encode(container)
        #expect(try JSONDecoder().decode(Container.self, from: data) == container)
        let plain = Container(id: container.id, make: container.make)
        let written = String(decoding: try JSONEncoder().encode(plain), as: UTF8.self)
        #expect(!written.contains("exitCode") && !written.contains("restarts"))
        #expect(try JSONDecoder().decode(Container.self, from: Data(written.utf8)) == plain)
    }
}
