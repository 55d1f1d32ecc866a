import ClusterState
import Foundation
import Model
import Testing

@Suite("Tasks")
struct TaskTests {
    @Test("are described as ECS describes them; those that are missing are failures")
    func describe() async throws {
        let answer = try await Fixture.api.call(
            "DescribeTasks",
            #"{"tasks": ["\#(Fixture.taskID)", "00000000000000040000000000000009"]}"#)
        let task = "\(Fixture.arns)task/default/\(Fixture.taskID)"
        let id = "00000000-0000-0005-0000-000000000001"
        let container = "\(Fixture.arns)container/default/\(Fixture.taskID)/\(id)"
        #expect(
            answer
                == canonical(
                    #"""
                    {"tasks": [{"taskArn": "\#(task)", "attachments": [],
                      "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
                      "availabilityZone": "us-east-1a",
                      "clusterArn": "\#(Fixture.arns)cluster/default", "connectivity": "CONNECTED",
                      "connectivityAt": 1735732800.25, "containerInstanceArn":
                        "\#(Fixture.arns)container-instance/default/\#(Fixture.instanceID)",
                      "containers": [{"containerArn": "\#(container)",
                        "taskArn": "\#(task)", "name": "app", "image": "nginx",
                        "runtimeId": "4711", "lastStatus": "RUNNING", "healthStatus": "UNKNOWN",
                        "networkBindings": [{"bindIP": "0.0.0.0", "containerPort": 80,
                          "hostPort": 32768, "protocol": "tcp"}],
                        "networkInterfaces": [], "cpu": "0", "memory": "128"}],
                      "cpu": "256", "memory": "128", "createdAt": 1735732800.25,
                      "desiredStatus": "RUNNING", "lastStatus": "RUNNING",
                      "enableExecuteCommand": false, "group": "service:web",
                      "healthStatus": "UNKNOWN", "inferenceAccelerators": [], "launchType": "EC2",
                      "overrides": {"containerOverrides": [{"name": "app"}],
                        "inferenceAcceleratorOverrides": []},
                      "startedAt": 1735732800.25, "startedBy": "ecs-svc/1234567890123456789",
                      "tags": [], "taskDefinitionArn": "\#(Fixture.arns)task-definition/web:1",
                      "version": 1}],
                     "failures": [{"reason": "MISSING", "arn":
                       "\#(Fixture.arns)task/default/00000000000000040000000000000009"}]}
                    """#))
    }

    @Test("that stopped say how")
    func stopped() async throws {
        var task = Fixture.task(status: .stopped, desired: .stopped)
        task.stopCode = .essentialContainerExited
        task.stoppedReason = "Essential container in task exited"
        task.stoppedAt = .noon
        let api = API(.cluster(Fixture.cluster), .task(task))
        let answer = try await api.call("DescribeTasks", #"{"tasks": ["\#(Fixture.taskID)"]}"#)
        #expect(value(answer, at: "tasks.0.lastStatus") as? String == "STOPPED")
        #expect(value(answer, at: "tasks.0.stopCode") as? String == "EssentialContainerExited")
        #expect(
            value(answer, at: "tasks.0.stoppedReason") as? String
                == "Essential container in task exited")
        #expect(value(answer, at: "tasks.0.containers.0.exitCode") as? Int == 3)
        #expect(value(answer, at: "tasks.0.stoppedAt") as? Double == 1_735_732_800.25)
        #expect(value(answer, at: "tasks.0.connectivity") as? String == "DISCONNECTED")
    }

    @Test(
        "are listed by desired status, service, family, worker and starter",
        arguments: [
            ("{}", 1), (#"{"desiredStatus": "STOPPED"}"#, 1), (#"{"desiredStatus": "PENDING"}"#, 0),
            (#"{"serviceName": "web"}"#, 1), (#"{"family": "web"}"#, 1), (#"{"family": "api"}"#, 0),
            (#"{"containerInstance": "\#(Fixture.instanceID)"}"#, 1),
            (#"{"containerInstance": "00000000000000020000000000000009"}"#, 0),
            (#"{"startedBy": "ecs-svc/1234567890123456789"}"#, 1), (#"{"startedBy": "me"}"#, 0),
            (#"{"launchType": "EC2"}"#, 1), (#"{"launchType": "FARGATE"}"#, 0),
        ])
    func list(_ body: String, _ count: Int) async throws {
        let api = API(
            .cluster(Fixture.cluster), .instance(Fixture.instance), .service(Fixture.service()),
            .task(Fixture.task(1)), .task(Fixture.task(2, status: .stopped, desired: .stopped)))
        let answer = try await api.call("ListTasks", body)
        #expect((value(answer, at: "taskArns") as? [String])?.count == count)
    }

    @Test(
        "are not listed by filters that don't go together",
        arguments: [
            (
                #"{"startedBy": "me", "family": "web"}"#,
                APIError(.invalidParameter, "startedBy cannot be combined with other filters.")
            ),
            (#"{"serviceName": "gone"}"#, APIError(.serviceNotFound, "Service not found.")),
        ])
    func filters(_ body: String, _ error: APIError) async {
        #expect(await Fixture.api.refusal("ListTasks", body) == error)
    }

    @Test("are run with their overrides, and what could not be placed is told")
    func run() async throws {
        var state = State()
        state.put(
            .cluster(Fixture.cluster), .instance(Fixture.instance),
            .taskDefinition(Fixture.definition()))
        let plane = FakeControlPlane(state) { command, state in
            guard case .runTask(let run) = command else { return .done }
            var task = Fixture.task(status: .pending)
            task.origin.value.overrides = run.request.overrides
            task.origin.value.takesCommands = run.request.takesCommands
            state.put(.task(task))
            return .tasks(
                [task],
                failures: [PlacementFailure(instance: task.instance, reason: "RESOURCE:CPU")])
        }
        let answer = try await API(plane).call(
            "RunTask",
            #"""
            {"taskDefinition": "web", "count": 2, "startedBy": "me/1", "clientToken": "t",
             "enableExecuteCommand": true,
             "overrides": {"cpu": "512", "containerOverrides": [
               {"name": "app", "command": ["sh"], "environment": [{"name": "A", "value": "B"}]}]}}
            """#)
        #expect(value(answer, at: "tasks.0.lastStatus") as? String == "PENDING")
        #expect(
            value(answer, at: "tasks.0.overrides.containerOverrides.0.command") as? [String]
                == ["sh"])
        #expect(value(answer, at: "failures.0.reason") as? String == "RESOURCE:CPU")
        #expect(value(answer, at: "tasks.0.enableExecuteCommand") as? Bool == true)
        let agent = "tasks.0.containers.0.managedAgents.0"
        #expect(value(answer, at: agent + ".name") as? String == "ExecuteCommandAgent")
        #expect(value(answer, at: agent + ".lastStatus") as? String == "RUNNING")
        #expect(
            value(answer, at: "failures.0.arn") as? String
                == "\(Fixture.arns)container-instance/default/\(Fixture.instanceID)")
        guard case .runTask(let run) = plane.submitted.first else {
            Issue.record("no command")
            return
        }
        #expect(run.count == 2)
        #expect(run.clientToken == "t")
        #expect(run.request.startedBy == "me/1")
        #expect(run.request.overrides.cpu == 512)
        #expect(
            run.request.overrides.containers == [
                TaskOverrides.Container(
                    name: "app", command: ["sh"],
                    environment: [EnvironmentVariable(name: "A", value: "B")])
            ])
    }

    @Test(
        "that can't be run as asked are refused",
        arguments: [
            (#""count": 0"#, APIError.Code.invalidParameter, "count should be between 1 and 10"),
            (#""count": 11"#, .invalidParameter, "count should be between 1 and 10"),
            (#""launchType": "FARGATE""#, .unsupportedFeature, "launchType EC2"),
            (#""propagateTags": "SERVICE""#, .invalidParameter, "[TASK_DEFINITION,NONE]"),
            (#""group": "service:web""#, .invalidParameter, "belong to services"),
            (#""startedBy": "a b""#, .invalidParameter, "startedBy should be"),
            (
                #""overrides": {"containerOverrides": [{"name": "x"}]}"#, .invalidParameter,
                "Override for container named x is not a container in the TaskDefinition."
            ),
            (
                #""overrides": {"containerOverrides": [{"command": ["x"]}]}"#, .invalidParameter,
                "needs the name"
            ),
            (
                #""overrides": {"containerOverrides": [{"name": "app", "memory": 1}]}"#,
                .invalidParameter, "at least 6 MiB"
            ),
            (
                #""overrides": {"ephemeralStorage": {"sizeInGiB": 30}}"#, .unsupportedFeature,
                "ephemeral storage"
            ),
            (#""overrides": {"cpu": "many"}"#, .client, "Invalid 'cpu' setting for task."),
            (
                #""clientToken": "\#(String(repeating: "x", count: 65))""#, .invalidParameter,
                "at most 64"
            ),
            (
                #""networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a"]}}"#,
                .invalidParameter, "Network Configuration is not valid"
            ),
        ])
    func refusals(_ member: String, _ code: APIError.Code, _ fragment: String) async {
        let refusal = await Fixture.api.refusal(
            "RunTask", #"{"taskDefinition": "web", \#(member)}"#)
        #expect(refusal?.code == code)
        #expect(refusal?.message.contains(fragment) == true, "\(refusal?.message ?? "accepted")")
    }

    @Test("with more than 8192 characters of overrides are refused")
    func bigOverrides() async {
        let word = String(repeating: "x", count: 8_192)
        let refusal = await Fixture.api.refusal(
            "RunTask",
            #"""
            {"taskDefinition": "web",
             "overrides": {"containerOverrides": [{"name": "app", "command": ["\#(word)"]}]}}
            """#)
        #expect(refusal?.message == "The overrides are longer than 8192 characters.")
    }

    @Test("are started on named workers and stopped with a reason")
    func startAndStop() async throws {
        let plane = FakeControlPlane { command, _ throws(APIError) in
            switch command {
            case .startTask: .tasks([Fixture.task()], failures: [])
            case .stopTask: .task(Fixture.task(desired: .stopped))
            default: .done
            }
        }
        let api = API(plane)
        _ = try await api.call(
            "StartTask",
            #"{"taskDefinition": "web", "containerInstances": ["\#(Fixture.instanceID)"]}"#)
        let stopped = try await api.call(
            "StopTask", #"{"task": "\#(Fixture.taskID)", "reason": "enough"}"#)
        #expect(value(stopped, at: "task.desiredStatus") as? String == "STOPPED")
        let cluster = ClusterReference(region: "us-east-1")
        #expect(
            plane.submitted == [
                .startTask(
                    StartTask(
                        request: TaskRequest(
                            cluster: cluster,
                            taskDefinition: TaskDefinitionReference(
                                region: "us-east-1", family: "web")),
                        instances: [Fixture.instance.id])),
                .stopTask(TaskReference(cluster: cluster, id: Fixture.task().id), reason: "enough"),
            ])
        #expect(
            await api.refusal("StartTask", #"{"taskDefinition": "w", "containerInstances": []}"#)
                == APIError(.invalidParameter, "Container Instances cannot be empty."))
    }
}
