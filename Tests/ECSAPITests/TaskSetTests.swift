import ClusterState
import Foundation
import Model
import Testing

@Suite("Task sets (ECS semantics, section 16.3)")
struct TaskSetTests {
    private static let number: UInt64 = 1_234_567_890_123_456_789
    private static let id = "ecs-svc/\(number)"

    private static var set: TaskSet {
        var set = TaskSet(
            id: DeploymentID(number: number),
            taskDefinition: TaskDefinitionKey(region: "us-east-1", family: "web", revision: 1),
            scale: 50, externalID: "build-7", tags: [Model.Tag(key: "a", value: "b")],
            createdAt: .noon)
        set.isPrimary = true
        return set
    }

    private static var service: Model.Service {
        var service = Fixture.service()
        service.controller = .external
        service.deployments = []
        service.desiredCount = 3
        service.taskSets = [set]
        return service
    }

    private static var api: API { API(.cluster(Fixture.cluster), .service(service)) }

    @Test("A service of the EXTERNAL controller is made without a definition")
    func create() async throws {
        let plane = FakeControlPlane { _, _ throws(APIError) in .service(Self.service) }
        let body = """
            "serviceName": "web", "desiredCount": 3, "deploymentController": {"type": "EXTERNAL"}
            """
        let answer = try await API(plane).call("CreateService", "{\(body)}")
        #expect(value(answer, at: "service.deploymentController.type") == "EXTERNAL" as NSObject)
        guard case .createService(let request) = plane.submitted.first else {
            Issue.record("no command")
            return
        }
        #expect(request.controller == .external && request.taskDefinition == nil)
        for (member, fragment) in [
            (#""taskDefinition": "web""#, "are those of task sets"),
            (#""schedulingStrategy": "DAEMON""#, "DAEMON"),
        ] {
            let refusal = await API(plane).refusal("CreateService", "{\(body), \(member)}")
            #expect(refusal?.code == .invalidParameter)
            #expect(refusal?.message.contains(fragment) == true, "\(refusal?.message ?? "none")")
        }
    }

    @Test("They are described as ECS does, alone and with their service")
    func describe() async throws {
        let answer = try await Self.api.call(
            "DescribeTaskSets",
            #"""
            {"cluster": "default", "service": "web", "taskSets": ["\#(Self.id)", "ecs-svc/7"],
             "include": ["TAGS"]}
            """#)
        let expected: [String: NSObject] = [
            "id": Self.id as NSObject, "status": "PRIMARY" as NSObject,
            "taskSetArn": "\(Fixture.arns)task-set/default/web/\(Self.id)" as NSObject,
            "externalId": "build-7" as NSObject, "computedDesiredCount": 2 as NSObject,
            "scale.value": 50 as NSObject, "scale.unit": "PERCENT" as NSObject,
            "stabilityStatus": "STABILIZING" as NSObject, "tags.0.key": "a" as NSObject,
            "taskDefinition": "\(Fixture.arns)task-definition/web:1" as NSObject,
        ]
        for (path, wanted) in expected {
            #expect(value(answer, at: "taskSets.0.\(path)") == wanted, "\(path): \(answer)")
        }
        #expect(value(answer, at: "failures.0.reason") == "MISSING" as NSObject)
        let service = try await Self.api.call("DescribeServices", #"{"services": ["web"]}"#)
        #expect(value(service, at: "services.0.taskSets.0.id") == Self.id as NSObject)
        #expect(
            value(service, at: "services.0.taskDefinition")
                == "\(Fixture.arns)task-definition/web:1" as NSObject)
        let all = try await Self.api.call(
            "DescribeTaskSets", #"{"cluster": "default", "service": "web"}"#)
        #expect(value(all, at: "taskSets.0.id") == Self.id as NSObject)
    }

    @Test(
        "The commands name the set by id or ARN",
        arguments: [
            id, "arn:aws:ecs:us-east-1:123456789012:task-set/default/web/\(id)",
        ])
    func commands(name: String) async throws {
        let plane = FakeControlPlane { _, _ throws(APIError) in
            .taskSet(Self.set, of: Self.service)
        }
        let api = API(plane)
        let both = #""cluster": "default", "service": "web", "taskSet": "\#(name)""#
        _ = try await api.call(
            "UpdateTaskSet", #"{\#(both), "scale": {"value": 12.5, "unit": "PERCENT"}}"#)
        _ = try await api.call("DeleteTaskSet", "{\(both), \"force\": true}")
        _ = try await api.call(
            "UpdateServicePrimaryTaskSet",
            #"{"cluster": "default", "service": "web", "primaryTaskSet": "\#(name)"}"#)
        let service = ServiceReference(
            cluster: ClusterReference(region: "us-east-1", name: "default"), name: "web")
        let id = DeploymentID(number: Self.number)
        #expect(
            plane.submitted == [
                .updateTaskSet(service, id, scale: 12.5),
                .deleteTaskSet(service, id, force: true),
                .updateServicePrimaryTaskSet(service, id),
            ])
    }

    @Test(
        "Wrong requests are refused with what to change",
        arguments: [
            ("CreateTaskSet", #""scale": {"value": 101}"#, "between 0 and 100 percent"),
            ("CreateTaskSet", #""platformVersion": "1.4.0""#, "platform version must be null"),
            ("CreateTaskSet", #""launchType": "FARGATE""#, "launchType EC2"),
            ("UpdateTaskSet", #""taskSet": "7", "scale": {"value": 1}"#, "Invalid identifier: 7"),
            ("DeleteTaskSet", #""taskSet": "x/y""#, "Invalid identifier: x/y"),
        ])
    func refusals(operation: String, members: String, text: String) async {
        let refusal = await Self.api.refusal(
            operation,
            #"{"cluster": "default", "service": "web", "taskDefinition": "web", \#(members)}"#)
        #expect(refusal?.message.contains(text) == true, "\(refusal?.message ?? "none")")
    }

    @Test("What task sets have can't be changed by UpdateService, nor can the controller")
    func update() async {
        for (member, text) in [
            (
                #""networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}}"#,
                "Unable to update network configuration"
            ),
            (#""deploymentController": {"type": "ECS"}"#, "can't change the deployment controller"),
        ] {
            let refusal = await Self.api.refusal(
                "UpdateService", #"{"service": "web", \#(member)}"#)
            #expect(refusal?.message.contains(text) == true, "\(refusal?.message ?? "none")")
        }
    }
}
