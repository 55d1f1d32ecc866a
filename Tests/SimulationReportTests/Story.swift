import ClusterState
import Model
import Simulation

@testable import SimulationReport

/// A cluster's history, told record by record: one service of two tasks on two workers.
struct Story {
    private(set) var recorder = Recorder()
    private var revision: UInt64 = 0
    private(set) var records: [ChangeRecord] = []

    let cluster = ClusterID(high: 0, low: 1)
    let key = TaskDefinitionKey(region: "r", family: "web", revision: 1)

    /// Records of one batch.
    mutating func happens(_ changes: Change..., at time: Int64, cause: String = "test") {
        var batch: [ChangeRecord] = []
        for change in changes {
            revision += 1
            batch.append(
                ChangeRecord(
                    revision: revision, time: WallTime(milliseconds: time), cause: cause,
                    change: change))
        }
        records += batch
        recorder.take(.history(batch), at: time)
    }

    mutating func sees(_ sighting: Sighting, at time: Int64) {
        recorder.take(sighting, at: time)
    }

    func worker(_ number: UInt64, isConnected: Bool = true) -> Change {
        .instance(
            ContainerInstance(
                id: InstanceID(high: 1, low: number), cluster: cluster, name: "w\(number)",
                agentConnected: isConnected, registered: Resources(cpu: 1, memory: 1),
                registeredAt: WallTime(milliseconds: 0)))
    }

    func service(
        desired: Int = 2, minimumPercent: Int = 100,
        rollout: Deployment.RolloutState = .inProgress
    ) -> Change {
        .service(
            Service(
                id: ServiceID(high: 2, low: 1), cluster: cluster, name: "web",
                desiredCount: desired,
                deploymentConfiguration: .init(minimumHealthyPercent: minimumPercent),
                deployments: [
                    Deployment(
                        id: DeploymentID(number: 1), taskDefinition: key, rolloutState: rollout,
                        createdAt: WallTime(milliseconds: 0), updatedAt: WallTime(milliseconds: 0))
                ], createdAt: WallTime(milliseconds: 0)))
    }

    func taskID(_ number: UInt64) -> TaskID { TaskID(high: 3, low: number) }

    func task(
        _ number: UInt64, on worker: UInt64, _ status: TaskStatus = .running, reason: String? = nil
    ) -> Change {
        var task = ECSTask(
            id: taskID(number), instance: InstanceID(high: 1, low: worker),
            origin: Shared(
                TaskOrigin(
                    cluster: cluster, definition: key, group: "service:web",
                    service: ServiceID(high: 2, low: 1), deployment: DeploymentID(number: 1),
                    reserved: Resources())),
            containers: [], createdAt: WallTime(milliseconds: 0))
        task.lastStatus = status
        if status == .stopped {
            task.desiredStatus = .stopped
            task.stoppedReason = reason
        }
        return .task(task)
    }

    func container(_ number: UInt64) -> ContainerName {
        ContainerName(task: taskID(number), container: "app")
    }

    /// Both tasks run from 1 s on, one on each worker.
    static func begun(minimumPercent: Int = 100) -> Story {
        var story = Story()
        story.happens(story.worker(1), story.worker(2), at: 0)
        story.happens(story.service(minimumPercent: minimumPercent), at: 500)
        story.sees(.containerStarted(story.container(1), worker: "w1"), at: 900)
        story.sees(.containerStarted(story.container(2), worker: "w2"), at: 900)
        story.happens(story.task(1, on: 1), story.task(2, on: 2), at: 1_000)
        return story
    }

    func availability(end: Int64) -> Availability {
        Availability(recorder.timeline(end: end))
    }
}
