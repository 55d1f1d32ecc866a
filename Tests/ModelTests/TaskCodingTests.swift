import Foundation
import Testing

@testable import Model

@Suite("Tasks on disk")
struct TaskCodingTests {
    private func task() throws -> ECSTask {
        ECSTask(
            id: TaskID(high: 1, low: 2), instance: InstanceID(high: 1, low: 3),
            origin: Shared(
                TaskOrigin(
                    cluster: ClusterID(high: 1, low: 4),
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 5),
                    group: "service:web", startedBy: "ecs-svc/1",
                    service: ServiceID(high: 1, low: 6),
                    deployment: DeploymentID(number: 7), reserved: Resources(cpu: 8, memory: 9),
                    clientToken: "token", tags: [Tag(key: "k", value: "v")], onLost: .stop)),
            containers: [], createdAt: WallTime(milliseconds: 10))
    }

    @Test("A task comes back as it was")
    func roundTrip() throws {
        let task = try task()
        let data = try JSONEncoder().encode(task)
        #expect(try JSONDecoder().decode(ECSTask.self, from: data) == task)
    }

    @Test("So does one of a journal that had the origin's members among the task's own")
    func flat() throws {
        let task = try task()
        let data = try JSONEncoder().encode(task)
        var members = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let origin = try #require(members.removeValue(forKey: "origin") as? [String: Any])
        members.merge(origin) { own, _ in own }
        let flat = try JSONSerialization.data(withJSONObject: members)
        #expect(try JSONDecoder().decode(ECSTask.self, from: flat) == task)
    }
}
