import ClusterState
import Foundation
import Model
import Testing

@Suite("What ECS's agent calls")
struct AgentOperationTests {
    private static let task = #""task": "\#(Fixture.taskID)""#

    @Test(
        "is acknowledged where the worker has said it already",
        arguments: [
            ("SubmitTaskStateChange", #"{\#(task), "status": "RUNNING"}"#),
            ("SubmitTaskStateChange", #"{\#(task), "status": "PENDING"}"#),
            (
                "SubmitTaskStateChange",
                #"{\#(task), "containers": [{"containerName": "app", "status": "RUNNING"}]}"#
            ),
            ("SubmitContainerStateChange", #"{\#(task), "containerName": "app"}"#),
            ("SubmitAttachmentStateChanges", #"{"attachments": []}"#),
        ])
    func acknowledged(operation: String, body: String) async throws {
        let answer = try await Fixture.api.call(operation, body)
        #expect(answer == canonical(#"{"acknowledgment": "ACCEPT"}"#))
    }

    @Test(
        "is refused where only a worker's session is believed",
        arguments: [
            ("SubmitTaskStateChange", #"{\#(task), "status": "STOPPED"}"#, "is RUNNING; only that"),
            ("SubmitTaskStateChange", #"{\#(task), "status": "DONE"}"#, "Invalid task status"),
            ("SubmitTaskStateChange", "{}", "Task cannot be empty."),
            ("SubmitTaskStateChange", #"{"cluster": "gone", \#(task)}"#, "Cluster not found."),
            ("SubmitTaskStateChange", #"{"task": "\#(Fixture.instanceID)"}"#, "was not found."),
            (
                "SubmitTaskStateChange",
                #"{\#(task), "attachments": [{"attachmentArn": "a", "status": "ATTACHED"}]}"#,
                "no attachment a"
            ),
            (
                "SubmitContainerStateChange",
                #"{\#(task), "containerName": "app", "status": "STOPPED"}"#, "app is RUNNING"
            ),
            (
                "SubmitContainerStateChange",
                #"{\#(task), "containerName": "db", "status": "STOPPED"}"#, "no container 'db'"
            ),
            (
                "SubmitAttachmentStateChanges",
                #"{"attachments": [{"attachmentArn": "a", "status": "ATTACHED"}]}"#,
                "no attachment a"
            ),
            ("DiscoverPollEndpoint", "{}", "Run 'muster worker' on the machine"),
            (
                "UpdateContainerAgent", #"{"containerInstance": "\#(Fixture.instanceID)"}"#,
                "put the newer muster on the machine of worker-1"
            ),
            (
                "UpdateContainerAgent", #"{"containerInstance": "\#(Fixture.taskID)"}"#,
                "was not found."
            ),
            ("ListServicesByNamespace", #"{"namespace": "a"}"#, "There is no namespace a"),
            (
                "ExecuteCommand", #"{\#(task), "command": "ls", "interactive": true}"#,
                "execute command was not enabled when the task was run"
            ),
            (
                "ExecuteCommand", #"{\#(task), "command": "ls", "interactive": false}"#,
                "Interactive is the only mode"
            ),
            (
                "CreateExpressGatewayService",
                #"""
                {"executionRoleArn": "a", "infrastructureRoleArn": "b",
                 "primaryContainer": {"image": "a"}}
                """#, "no load balancers"
            ),
        ])
    func refused(operation: String, body: String, part: String) async {
        let error = await Fixture.api.refusal(operation, body)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
    }

    @Test("registers an instance with its resources, attributes and versions")
    func register() async throws {
        let plane = FakeControlPlane { command, _ throws(APIError) in
            guard case .registerContainerInstance(let request) = command else { return .done }
            var instance = ContainerInstance(
                id: Fixture.instance.id, cluster: Fixture.cluster.id, name: request.name ?? "",
                agentConnected: false, epoch: 0, registered: request.resources,
                attributes: request.attributes, agentVersion: request.agentVersion,
                registeredAt: .noon, tags: request.tags)
            instance.document = request.document
            return .instance(instance)
        }
        let answer = try await API(plane).call(
            "RegisterContainerInstance",
            #"""
            {"instanceIdentityDocument": "{\"instanceId\": \"i-1\"}",
             "totalResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 2048},
                                {"name": "MEMORY", "type": "LONG", "longValue": 512},
                                {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]}],
             "versionInfo": {"agentVersion": "1.9", "dockerVersion": "27"},
             "attributes": [{"name": "ecs.os-type", "value": "linux"}],
             "tags": [{"key": "a", "value": "b"}]}
            """#)
        let at = "containerInstance."
        #expect(value(answer, at: at + "ec2InstanceId") as? String == "i-1")
        #expect(value(answer, at: at + "agentConnected") as? Bool == false)
        #expect(value(answer, at: at + "registeredResources.0.integerValue") as? Int == 2_048)
        #expect(value(answer, at: at + "registeredResources.1.integerValue") as? Int == 512)
        #expect(value(answer, at: at + "versionInfo.dockerVersion") as? String == "27")
        #expect(value(answer, at: at + "tags.0.key") as? String == "a")
    }

    @Test(
        "registers no instance that can't be",
        arguments: [
            (#"{"instanceIdentityDocument": "i-1"}"#, "must be JSON with an instanceId"),
            (#"{"totalResources": [{"name": "LOVE"}]}"#, "'LOVE' is not known"),
            (#"{"totalResources": [{"name": "CPU", "integerValue": -1}]}"#, "must be within"),
            (
                #"{"totalResources": [{"name": "PORTS", "stringSetValue": ["x"]}]}"#,
                "ports from 1 to 65535"
            ),
            (#"{"attributes": [{"name": "a"}, {"name": "a"}]}"#, "given twice"),
            (#"{"containerInstanceArn": "x"}"#, "containerInstanceId length"),
        ])
    func registrationRefused(body: String, part: String) async {
        let error = await API().refusal("RegisterContainerInstance", body)
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
    }

    @Test("deletes definitions by their revisions, ten at most")
    func deleteDefinitions() async throws {
        let plane = FakeControlPlane { command, _ throws(APIError) in
            guard case .deleteTaskDefinitions(let references) = command else { return .done }
            var definition = Fixture.definition(status: .deleteInProgress)
            definition.deleteRequestedAt = .noon
            return .taskDefinitions(
                [definition], failures: [TaskDefinitionFailure(references[1], reason: "no")])
        }
        let answer = try await API(plane).call(
            "DeleteTaskDefinitions", #"{"taskDefinitions": ["web:1", "web:2", "web:1"]}"#)
        #expect(value(answer, at: "taskDefinitions.0.status") as? String == "DELETE_IN_PROGRESS")
        #expect(value(answer, at: "taskDefinitions.0.deleteRequestedAt") != nil)
        #expect(
            value(answer, at: "failures.0.arn") as? String
                == Fixture.arns + "task-definition/web:2")
        let family = await API().refusal(
            "DeleteTaskDefinitions", #"{"taskDefinitions": ["web"]}"#)
        #expect(family?.message == "Revision is missing.")
    }
}
