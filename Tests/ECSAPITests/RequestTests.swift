import Foundation
import Model
import Testing

@testable import ECSAPI

@Suite("A request")
struct RequestTests {
    @Test("of an operation that ECS does not have is refused")
    func unknownOperation() async {
        let refusal = await API().refusal("MakeCoffee")
        #expect(refusal?.code == .unknownOperation)
        #expect(refusal?.message.contains("MakeCoffee") == true)
    }

    @Test(
        "of an operation that Muster does not have yet says so", arguments: OperationName.allCases)
    func everyOperationIsKnown(_ operation: OperationName) async {
        let plane = FakeControlPlane { _, _ throws(APIError) in throw APIError(.client, "no") }
        let refusal = await API(plane).refusal(operation.rawValue)
        if refusal?.code == .unsupportedFeature {
            #expect(refusal?.message.contains(operation.rawValue) == true)
        }
        #expect(refusal?.code != .unknownOperation)
        #expect(refusal?.code != .server)
    }

    @Test("knows all 77 operations of the service model")
    func operations() {
        #expect(OperationName.allCases.count == 77)
    }

    @Test(
        "that is not JSON, or has a member of the wrong type, is a SerializationException",
        arguments: [
            "{", "[]", "null", "\"text\"", "{\"clusters\": [1]}", "{\"clusters\": \"a\"}",
            "{\"clusters\": {}}", "{\"clusters\": [null]}", "{\"clusters\": [\"a\\u0000b\"]}",
            "{\"clusters\": [\"a\"]} x", "{\"clusters\": [\"\u{0}\"]}",
            String(repeating: "{\"clusters\":", count: 10_000),
        ])
    func malformed(_ body: String) async {
        #expect(await API().refusal("DescribeClusters", body)?.code == .serialization)
    }

    @Test("with a backslash before u0000 is no NUL")
    func escapedBackslash() async throws {
        let refusal = await Fixture.api.refusal("StopTask", #"{"task": "a\\u0000"}"#)
        #expect(refusal?.code == .invalidParameter)
    }

    @Test("with members that nobody knows is taken without them")
    func unknownMembers() async throws {
        _ = try await Fixture.api.call("DescribeClusters", #"{"novelty": {"deep": [1, null]}}"#)
    }

    @Test(
        "with a number that does not fit its member is told so, and not that it is no JSON",
        arguments: ["1.5", "99999999999999999999", "1e30"])
    func numbersThatDoNotFit(_ number: String) async {
        let refusal = await Fixture.api.refusal("CreateService", "{\"desiredCount\": \(number)}")
        #expect(refusal?.code == .serialization)
        #expect(refusal?.message.hasPrefix("The number at 'desiredCount'") == true)
    }

    @Test("with an integer beyond 32 bits is refused")
    func bigNumbers() async {
        let refusal = await Fixture.api.refusal(
            "CreateService",
            #"{"serviceName": "a", "taskDefinition": "web", "desiredCount": 3000000000}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(refusal?.message.contains("desiredCount") == true)
    }

    @Test("with an empty body stands for no members")
    func emptyBody() async throws {
        _ = try await Fixture.api.call("ListClusters", "")
    }

    @Test("with a value that an enum does not have names those it has")
    func enums() async {
        let refusal = await Fixture.api.refusal(
            "RunTask", #"{"taskDefinition": "web", "launchType": "MOON"}"#)
        #expect(
            refusal
                == APIError(
                    .invalidParameter,
                    "1 validation error detected: Value 'MOON' at 'launchType' failed to satisfy "
                        + "constraint: Member must satisfy enum value set: [EC2, FARGATE, "
                        + "EXTERNAL, MANAGED_INSTANCES]"))
    }

    @Test(
        "without a member that the model requires says which",
        arguments: [
            ("DescribeTasks", "{}", "Tasks cannot be empty."),
            ("DescribeTasks", #"{"tasks": []}"#, "Tasks cannot be empty."),
            ("DescribeServices", "{}", "Services cannot be empty."),
            ("DescribeContainerInstances", "{}", "Container Instances cannot be empty."),
            ("RunTask", "{}", "TaskDefinition cannot be empty."),
            ("StopTask", "{}", "Task cannot be empty."),
            (
                "TagResource", "{}",
                "1 validation error detected: Value null at 'resourceArn' failed to satisfy "
                    + "constraint: Member must not be null"
            ),
        ])
    func missing(_ operation: String, _ body: String, _ message: String) async {
        #expect(
            await Fixture.api.refusal(operation, body) == APIError(.invalidParameter, message))
    }

    @Test("names the element of a list that breaks a constraint")
    func paths() async {
        let refusal = await Fixture.api.refusal(
            "RegisterTaskDefinition",
            #"""
            {"family": "a", "containerDefinitions": [
              {"name": "a", "image": "b", "memory": 64},
              {"name": "c", "image": "d", "memory": 64, "secrets": [{"name": "s"}]}]}
            """#)
        #expect(refusal?.code == .client)
        #expect(refusal?.message.contains("'containerDefinitions[1].secrets[0].valueFrom'") == true)
    }
}

@Suite("A cluster, service, task or instance")
struct ReferenceTests {
    @Test(
        "of another region, account or cluster is not taken for one's own",
        arguments: [
            ("arn:aws:ecs:eu-west-1:123456789012:cluster/default", "region eu-west-1"),
            ("arn:aws:ecs:us-east-1:999999999999:cluster/default", "account 999999999999"),
            ("arn:aws:ecs:us-east-1:123456789012:service/default", "is not the ARN of a cluster"),
            ("arn:aws:s3:::bucket", "is not the ARN of a cluster"),
            ("a b", "Invalid cluster name"),
            (String(repeating: "x", count: 256), "Invalid cluster name"),
        ])
    func foreignClusters(_ text: String, _ fragment: String) async {
        let refusal = await Fixture.api.refusal("ListTasks", #"{"cluster": "\#(text)"}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(refusal?.message.contains(fragment) == true)
    }

    @Test(
        "is found by id, by name and by ARN of either format",
        arguments: [
            Fixture.taskID, "\(Fixture.arns)task/default/\(Fixture.taskID)",
            "\(Fixture.arns)task/00000000-0000-0004-0000-000000000001",
        ])
    func tasks(_ text: String) async throws {
        let answer = try await Fixture.api.call("DescribeTasks", #"{"tasks": ["\#(text)"]}"#)
        #expect(
            value(answer, at: "tasks.0.taskArn") as? String
                == "\(Fixture.arns)task/default/\(Fixture.taskID)")
    }

    @Test("of a cluster other than the request's is refused")
    func otherCluster() async {
        let refusal = await Fixture.api.refusal(
            "DescribeTasks", #"{"tasks": ["\#(Fixture.arns)task/prod/\#(Fixture.taskID)"]}"#)
        #expect(
            refusal
                == APIError(
                    .invalidParameter,
                    "Invalid identifier: Identifier is for cluster prod. Your cluster is default"))
    }

    @Test("whose id is none is refused")
    func badIDs() async {
        let refusal = await Fixture.api.refusal("DescribeTasks", #"{"tasks": ["abc"]}"#)
        #expect(refusal?.message.hasPrefix("taskId length should be one of [32,36]") == true)
    }

    @Test(
        "in a cluster that does not exist is a ClusterNotFoundException",
        arguments: [
            ("ListTasks", "{}"), ("ListServices", "{}"), ("ListContainerInstances", "{}"),
            ("DescribeTasks", #"{"tasks": ["\#(Fixture.taskID)"]}"#),
            ("DescribeServices", #"{"services": ["web"]}"#),
            ("DescribeContainerInstances", #"{"containerInstances": ["\#(Fixture.instanceID)"]}"#),
        ])
    func noCluster(_ operation: String, _ body: String) async {
        #expect(
            await API().refusal(operation, body) == APIError(.clusterNotFound, "Cluster not found.")
        )
    }

    @Test("of a region is not seen from another")
    func regions() async throws {
        let answer = try await Fixture.api.call("ListClusters", region: "eu-west-1")
        #expect(answer == canonical(#"{"clusterArns": []}"#))
    }
}
