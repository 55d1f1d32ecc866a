import ClusterState
import Foundation
import Model

/// boto3 as a judge of answers: it calls the operations and holds the raw JSON against the shapes
/// of the service model, in which an unknown member or a wrong type is an error.
enum Boto {
    static let isThere: Bool = {
        let process = python(["-c", "import boto3"])
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Runs the script and gives what it printed.
    @concurrent static func run(port: Int) async throws -> String {
        let process = python(["-c", script, String(port)])
        let output = URL(fileURLWithPath: NSTemporaryDirectory())
            .appendingPathComponent("muster-boto-\(UUID().uuidString)")
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        // A wait that blocked would hold one of the few threads that the server under test needs.
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        return try String(contentsOf: output, encoding: .utf8)
    }

    private static func python(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        return process
    }

    static let state: [Change] = {
        let key = TaskDefinitionKey(region: "us-east-1", family: "web", revision: 1)
        let deployment = Deployment(
            id: DeploymentID(number: 1_234_567_890_123_456_789), taskDefinition: key,
            createdAt: TestPlane.noon, updatedAt: TestPlane.noon)
        let service = Service(
            id: ServiceID(high: 3, low: 1), cluster: TestPlane.cluster.id, name: "web",
            desiredCount: 1, placementStrategy: [.spread("instanceId")], deployments: [deployment],
            createdAt: TestPlane.noon)
        let instance = ContainerInstance(
            id: InstanceID(high: 2, low: 1), cluster: TestPlane.cluster.id, name: "worker-1",
            registered: Resources(cpu: 2_048, memory: 4_096),
            attributes: [Attribute(name: "ecs.os-type", value: "linux")],
            registeredAt: TestPlane.noon)
        var task = ECSTask(
            id: TaskID(high: 4, low: 1), instance: instance.id,
            origin: Shared(
                TaskOrigin(
                    cluster: TestPlane.cluster.id, definition: key, group: "service:web",
                    service: service.id, deployment: deployment.id,
                    reserved: Resources(cpu: 256, memory: 128))),
            containers: [
                Container(
                    id: ContainerID(high: 5, low: 1), name: "app", image: "nginx",
                    lastStatus: .running,
                    networkBindings: [NetworkBinding(containerPort: 80, hostPort: 32_768)])
            ], createdAt: TestPlane.noon)
        task.lastStatus = .running
        task.startedAt = TestPlane.noon
        return [
            .cluster(TestPlane.cluster), .instance(instance), .service(service), .task(task),
            .taskDefinition(
                TaskDefinition(
                    key: key, containers: [ContainerDefinition(name: "app", image: "nginx")],
                    registeredAt: TestPlane.noon,
                    document: Document(
                        json: #"{"containerDefinitions":[{"image":"nginx","name":"app"}]}"#))),
            .serviceEvent(
                ServiceEvent(
                    service: service.id, sequence: 1, id: Identifier(high: 6, low: 1),
                    createdAt: TestPlane.noon, message: "(service web) has reached a steady state.")
            ),
        ]
    }()

    private static let script = #"""
        import json, sys
        import boto3, botocore.validate
        from botocore.config import Config

        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b",
                                region_name="us-east-1")
        address = "http://127.0.0.1:" + sys.argv[1]
        config = Config(retries={"total_max_attempts": 1})
        ecs = session.client("ecs", endpoint_url=address, config=config)
        raw = {}

        def keep(http_response, parsed, model, **_):
            raw["body"] = json.loads(http_response.content)
            raw["model"] = model

        ecs.meta.events.register("after-call.ecs", keep)

        def call(operation, **parameters):
            answer = getattr(ecs, operation)(**parameters)
            report = botocore.validate.ParamValidator().validate(
                raw["body"], raw["model"].output_shape)
            assert not report.has_errors(), operation + ": " + report.generate_report()
            return answer

        call("list_clusters")
        call("describe_clusters", include=["STATISTICS", "SETTINGS", "TAGS", "CONFIGURATIONS"])
        services = call("describe_services", services=["web", "gone"])
        assert services["services"][0]["createdAt"].year == 2025, services
        assert services["failures"][0]["reason"] == "MISSING"
        tasks = call("list_tasks", serviceName="web")["taskArns"]
        call("describe_tasks", tasks=tasks)
        instances = call("list_container_instances")["containerInstanceArns"]
        call("describe_container_instances", containerInstances=instances)
        call("describe_task_definition", taskDefinition="web")
        call("list_task_definitions")
        call("list_task_definition_families")
        call("list_services")
        call("list_tags_for_resource", resourceArn=tasks[0])
        call("create_cluster", clusterName="default")
        ecs.get_waiter("services_stable").wait(services=["web"])
        ecs.get_waiter("tasks_running").wait(tasks=tasks)
        try:
            ecs.describe_tasks(cluster="gone", tasks=tasks)
            raise AssertionError("no error")
        except ecs.exceptions.ClusterNotFoundException as error:
            assert error.response["Error"]["Message"] == "Cluster not found.", error
            assert error.response["ResponseMetadata"]["RequestId"], error
        sts = session.client("sts", endpoint_url=address, config=config)
        assert sts.get_caller_identity()["Account"] == "123456789012"
        print("all answers fit")
        """#
}
