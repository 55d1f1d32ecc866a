import ClusterState
import ECSAPI
import Foundation
import HashTreeCollections
import Model
import Testing

/// Makes events of changes, one after the other.
private struct Story {
    var maker: EventMaker

    init(_ changes: Change...) {
        var state = State()
        for change in changes { state.put(change) }
        maker = EventMaker(account: "123456789012", state: state.clusterState)
    }

    mutating func take(_ change: Change, at time: WallTime = .noon) -> [ECSEvent] {
        maker.take(
            ChangeRecord(
                revision: maker.state.revision + 1, time: time, cause: "test", change: change))
    }
}

extension ECSEvent {
    fileprivate var text: String { String(decoding: json, as: UTF8.self) }

    fileprivate subscript(path: String) -> String? { value(text, at: path).map { "\($0)" } }
}

@Suite("Events out")
struct EventTests {
    private let later = WallTime(milliseconds: WallTime.noon.milliseconds + 1_500)

    private var story: Story {
        Story(
            .cluster(Fixture.cluster), .instance(Fixture.instance),
            .taskDefinition(Fixture.definition()), .service(Fixture.service()))
    }

    @Test("A task's event has the envelope of EventBridge and what DescribeTasks shows")
    func task() async throws {
        var story = story
        let event = try #require(story.take(.task(Fixture.task()), at: later).first)
        #expect(event.kind == .task && event.cluster == "default" && event.region == "us-east-1")
        #expect(event.cursor == EventCursor(revision: 5))
        #expect(event["version"] == "0" && event["source"] == "aws.ecs")
        #expect(event["detail-type"] == "ECS Task State Change" && event["id"] == event.id)
        #expect(event["account"] == "123456789012" && event["region"] == "us-east-1")
        #expect(event["time"] == "2025-01-01T12:00:01Z")
        #expect(event["resources.0"] == Fixture.arns + "task/default/" + Fixture.taskID)
        #expect(event["detail.updatedAt"] == "2025-01-01T12:00:01.750Z")
        #expect(event["detail.createdAt"] == "2025-01-01T12:00:00.250Z")
        #expect(event["detail.version"] == "1")
        try await expectSameAsDescribed(event)
    }

    /// All members but times, which are numbers there.
    private func expectSameAsDescribed(_ event: ECSEvent) async throws {
        let answer = try await Fixture.api.call(
            "DescribeTasks", #"{"tasks": ["\#(Fixture.taskID)"], "include": ["TAGS"]}"#)
        var described = try #require(value(answer, at: "tasks.0") as? [String: NSObject])
        var told = try #require(value(event.text, at: "detail") as? [String: NSObject])
        #expect(told.removeValue(forKey: "updatedAt") != nil)
        for name in described.keys where name.hasSuffix("At") {
            described[name] = nil
            #expect(told.removeValue(forKey: name) is NSString)
        }
        #expect(described == told)
    }

    @Test("A task is worth an event whenever its version grows, and only then")
    func versions() {
        var story = story
        var task = Fixture.task(status: .pending)
        #expect(story.take(.task(task)).count == 1)
        #expect(story.take(.task(task)).isEmpty)
        task.version = 2
        task.lastStatus = .running
        let second = story.take(.task(task))
        #expect(second.first?["detail.lastStatus"] == "RUNNING")
        #expect(second.first?["detail.version"] == "2")
        #expect(story.take(.removeTask(task.id)).isEmpty)
    }

    @Test("An instance's event has what DescribeContainerInstances shows, as of then")
    func instance() throws {
        var story = story
        #expect(story.take(.instance(Fixture.instance)).isEmpty)
        _ = story.take(.task(Fixture.task()))
        var instance = Fixture.instance
        instance.version = 2
        instance.agentConnected = false
        let event = try #require(story.take(.instance(instance), at: later).first)
        #expect(event["detail-type"] == "ECS Container Instance State Change")
        #expect(
            event["resources.0"]
                == Fixture.arns + "container-instance/default/" + Fixture.instanceID)
        #expect(event["detail.clusterArn"] == Fixture.arns + "cluster/default")
        #expect(event["detail.agentConnected"] == "0" && event["detail.runningTasksCount"] == "1")
        #expect(event["detail.version"] == "2")
        #expect(event["detail.registeredAt"] == "2025-01-01T12:00:00.250Z")
        #expect(event["detail.updatedAt"] == "2025-01-01T12:00:01.750Z")
    }

    @Test("A deployment is worth an event when its state changes; several of one change in order")
    func deployments() throws {
        var story = Story(.cluster(Fixture.cluster))
        var service = Fixture.service()
        let first = try #require(story.take(.service(service)).first)
        #expect(first["detail-type"] == "ECS Deployment State Change")
        #expect(first["resources.0"] == Fixture.arns + "service/default/web")
        #expect(
            value(first.text, at: "detail") as? [String: String] == [
                "eventType": "INFO", "eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS",
                "deploymentId": "ecs-svc/1234567890123456789",
                "updatedAt": "2025-01-01T12:00:00.250Z",
                "reason": "ECS deployment ecs-svc/1234567890123456789 in progress.",
            ])
        service.desiredCount = 5
        #expect(story.take(.service(service)).isEmpty)

        service.deployments[0].rolloutState = .failed
        service.deployments[0].rolloutStateReason =
            "ECS deployment circuit breaker: tasks failed to start."
        service.deployments.insert(
            Deployment(
                id: DeploymentID(number: 2), taskDefinition: Fixture.key, createdAt: later,
                updatedAt: later), at: 0)
        let both = story.take(.service(service))
        #expect(
            both.map { $0["detail.eventName"] } == [
                "SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_IN_PROGRESS",
            ])
        #expect(both.map { $0["detail.eventType"] } == ["ERROR", "INFO"])
        #expect(both.map { "\($0.cursor)" } == ["4-1", "4"])
        #expect(both[0].id != both[1].id)
        service.deployments[0].rolloutState = .completed
        #expect(
            story.take(.service(service)).map { $0["detail.eventName"] } == [
                "SERVICE_DEPLOYMENT_COMPLETED"
            ])
    }

    @Test(
        "Lines of a service's story that ECS has an event for are one",
        arguments: [
            ("has reached a steady state.", "INFO SERVICE_STEADY_STATE", nil),
            (
                "is unable to consistently start tasks successfully. The next try is 4 s after.",
                "WARN SERVICE_TASK_START_IMPAIRED", nil
            ),
            (
                "was unable to place a task because no container instance met all of its "
                    + "requirements. Reason: The closest matching (container-instance 1) has "
                    + "insufficient CPU units available. For more information, see …",
                "ERROR SERVICE_TASK_PLACEMENT_FAILURE", "RESOURCE:CPU"
            ),
            (
                "was unable to place a task because no container instance met all of its "
                    + "requirements. Reason: No Container Instances were found in your cluster.",
                "ERROR SERVICE_TASK_PLACEMENT_FAILURE", "NO ACTIVE INSTANCES"
            ),
            ("has started 1 tasks: (task 1).", nil, nil),
        ] as [(String, String?, String?)])
    func actions(line: String, action: String?, reason: String?) {
        var story = story
        let event = story.take(
            .serviceEvent(
                ServiceEvent(
                    service: Fixture.service().id, sequence: 1, id: .init(high: 9, low: 9),
                    createdAt: .noon, message: "(service web) \(line)"))
        ).first
        #expect(
            event.map { "\($0["detail.eventType"] ?? "") \($0["detail.eventName"] ?? "")" }
                == action)
        guard let event else { return }
        #expect(event["detail-type"] == "ECS Service Action" && event["detail.reason"] == reason)
        #expect(event["detail.clusterArn"] == Fixture.arns + "cluster/default")
        #expect(event["detail.createdAt"] == "2025-01-01T12:00:00.250Z")
        #expect(event["resources.0"] == Fixture.arns + "service/default/web")
    }

    @Test("A daemon's number of tasks is the scheduler's, and worth an event")
    func daemon() {
        var story = Story(.cluster(Fixture.cluster))
        var service = Fixture.service()
        service.schedulingStrategy = .daemon
        _ = story.take(.service(service))
        service.desiredCount = 7
        #expect(
            story.take(.service(service)).map { $0["detail.eventName"] } == [
                "SERVICE_DESIRED_COUNT_UPDATED"
            ])
    }

    @Test("The same changes give the same events, wherever the making begins")
    func deterministic() {
        let changes: [Change] = [
            .task(Fixture.task(status: .pending)), .instance(Fixture.instance),
            .service(Fixture.service("api", number: 2)), .task(Fixture.task(2)),
        ]
        var first = story
        let all = changes.flatMap { first.take($0) }
        #expect(all.count == 3 && Set(all.map(\.id)).count == 3)
        var second = story
        _ = second.take(changes[0])
        var late = Story()
        late.maker = EventMaker(account: "123456789012", state: second.maker.state)
        #expect(changes.dropFirst().flatMap { late.take($0) } == Array(all.dropFirst()))
    }

    @Test("Ids are UUIDs")
    func ids() throws {
        var story = story
        let event = try #require(story.take(.task(Fixture.task())).first)
        #expect(UUID(uuidString: event.id) != nil && event.id == event.id.lowercased())
    }

    @Test(
        "A place is read as it is written, and nothing else is one",
        arguments: ["0", "4711", "4711-1", "18446744073709551615-12"])
    func cursors(text: String) {
        #expect(EventCursor(text).map { "\($0)" } == text)
    }

    @Test(
        "What is no place",
        arguments: ["", "-", "a", "1-", "-1", "1-0", "+1", "1--1", "1-2-3", "18446744073709551616"])
    func noCursors(text: String) {
        #expect(EventCursor(text) == nil)
    }

    @Test("Places are in the order of changes and of their events")
    func order() {
        let places = ["1", "2-1", "2-2", "2", "3"].compactMap { EventCursor($0) }
        #expect(places == places.reversed().sorted())
    }

    @Test("A filter takes what has all that it asks for")
    func filter() throws {
        var story = story
        let event = try #require(story.take(.task(Fixture.task())).first)
        #expect(EventFilter().takes(event))
        #expect(EventFilter(kinds: [.task], region: "us-east-1", cluster: "default").takes(event))
        #expect(!EventFilter(kinds: [.service]).takes(event))
        #expect(!EventFilter(region: "eu-west-1").takes(event))
        #expect(!EventFilter(cluster: "other").takes(event))
    }
}
