import ClusterState
import Foundation
import Model
import Testing

@Suite("Services")
struct ServiceTests {
    @Test("are described as ECS describes them; those that are missing are failures")
    func describe() async throws {
        var state = State()
        state.put(
            .cluster(Fixture.cluster),
            .service(
                Fixture.service(
                    document: Document(json: #"{"healthCheckGracePeriodSeconds": 5, "role": "r"}"#))
            ),
            .task(Fixture.task()),
            .serviceEvent(
                ServiceEvent(
                    service: Fixture.service().id, sequence: 1, id: Identifier(high: 6, low: 1),
                    createdAt: .noon, message: "(service web) has reached a steady state.")))
        let answer = try await API(FakeControlPlane(state)).call(
            "DescribeServices", #"{"services": ["web", "gone"]}"#)
        #expect(
            answer
                == canonical(
                    #"""
                    {"services": [{
                      "serviceArn": "\#(Fixture.arns)service/default/web", "serviceName": "web",
                      "clusterArn": "\#(Fixture.arns)cluster/default", "status": "ACTIVE",
                      "desiredCount": 1, "runningCount": 1, "pendingCount": 0, "launchType": "EC2",
                      "taskDefinition": "\#(Fixture.arns)task-definition/web:1",
                      "deploymentConfiguration": {"maximumPercent": 200,
                        "minimumHealthyPercent": 100, "strategy": "ROLLING",
                        "deploymentCircuitBreaker": {"enable": false, "rollback": false}},
                      "deploymentController": {"type": "ECS"}, "schedulingStrategy": "REPLICA",
                      "deployments": [{"id": "ecs-svc/1234567890123456789", "status": "PRIMARY",
                        "taskDefinition": "\#(Fixture.arns)task-definition/web:1",
                        "desiredCount": 1, "runningCount": 1, "pendingCount": 0, "failedTasks": 0,
                        "createdAt": 1735732800.25, "updatedAt": 1735732800.25,
                        "launchType": "EC2", "rolloutState": "IN_PROGRESS", "rolloutStateReason":
                          "ECS deployment ecs-svc/1234567890123456789 in progress."}],
                      "events": [{"id": "00000000-0000-0006-0000-000000000001",
                        "createdAt": 1735732800.25,
                        "message": "(service web) has reached a steady state."}],
                      "placementStrategy": [{"type": "spread", "field": "instanceId"},
                        {"type": "binpack", "field": "MEMORY"}],
                      "placementConstraints": [], "loadBalancers": [], "serviceRegistries": [],
                      "roleArn": "r", "healthCheckGracePeriodSeconds": 5,
                      "currentServiceRevisions": [{"arn":
                        "\#(Fixture.arns)service-revision/default/web/1234567890123456789",
                        "requestedTaskCount": 1, "runningTaskCount": 1, "pendingTaskCount": 0}],
                      "createdAt": 1735732800.25, "createdBy": "arn:aws:iam::123456789012:root",
                      "enableECSManagedTags": false, "propagateTags": "NONE", "tags": [],
                      "enableExecuteCommand": false, "availabilityZoneRebalancing": "DISABLED"}],
                     "failures": [{"arn": "\#(Fixture.arns)service/gone", "reason": "MISSING"}]}
                    """#))
    }

    @Test("show an older deployment as wanting what it still has")
    func olderDeployment() async throws {
        var service = Fixture.service()
        let newer = Deployment(
            id: DeploymentID(number: 2), taskDefinition: Fixture.key, createdAt: .noon,
            updatedAt: .noon)
        service.deployments = [newer, Fixture.deployment]
        let api = API(
            .cluster(Fixture.cluster), .service(service), .task(Fixture.task(1)),
            .task(Fixture.task(2, desired: .stopped)))
        let answer = try await api.call("DescribeServices", #"{"services": ["web"]}"#)
        #expect(value(answer, at: "services.0.deployments.1.status") as? String == "ACTIVE")
        #expect(value(answer, at: "services.0.deployments.1.desiredCount") as? Int == 1)
        #expect(value(answer, at: "services.0.deployments.1.runningCount") as? Int == 2)
    }

    @Test("that drain or are INACTIVE are described but not listed")
    func hidden() async throws {
        for status in [Service.Status.draining, .inactive] {
            let api = API(.cluster(Fixture.cluster), .service(Fixture.service(status: status)))
            #expect(try await api.call("ListServices") == canonical(#"{"serviceArns": []}"#))
            let answer = try await api.call("DescribeServices", #"{"services": ["web"]}"#)
            #expect(value(answer, at: "services.0.status") as? String == status.rawValue)
        }
    }

    @Test("are created from all that the request says")
    func create() async throws {
        let plane = FakeControlPlane { _, _ throws(APIError) in .service(Fixture.service()) }
        _ = try await API(plane).call(
            "CreateService",
            #"""
            {"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 3,
             "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150,
               "deploymentCircuitBreaker": {"enable": true, "rollback": true}},
             "tags": [{"key": "muster:crash-loop", "value": "3/60"}],
             "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
             "placementConstraints": [{"type": "distinctInstance"}], "capacityProviderStrategy": [],
             "clientToken": "t", "enableECSManagedTags": true, "propagateTags": "SERVICE",
             "availabilityZoneRebalancing": "ENABLED", "vpcLatticeConfigurations": [],
             "networkConfiguration": {}}
            """#)
        guard case .createService(let request) = plane.submitted.first else {
            Issue.record("no command")
            return
        }
        #expect(request.service.name == "web")
        #expect(request.taskDefinition?.revision == 1)
        #expect(request.desiredCount == 3)
        #expect(
            request.deploymentConfiguration
                == DeploymentConfiguration(
                    minimumHealthyPercent: 50, maximumPercent: 150,
                    circuitBreaker: .init(enable: true, rollback: true)))
        #expect(request.placementStrategy == [.spread("attribute:ecs.availability-zone")])
        #expect(request.placementConstraints == [.distinctInstance])
        #expect(request.propagateTags == .service)
        #expect(request.availabilityZoneRebalancing == .enabled)
        #expect(request.enableManagedTags)
        #expect(request.clientToken == "t")
        #expect(!request.document.json.contains("networkConfiguration"))
    }

    @Test("pass on and show whether their tasks take commands")
    func takesCommands() async throws {
        var service = Fixture.service()
        service.takesCommands = true
        var state = State()
        state.put(
            .cluster(Fixture.cluster), .service(service), .taskDefinition(Fixture.definition()))
        let plane = FakeControlPlane(state) { [service] _, _ throws(APIError) in .service(service) }
        let api = API(plane)
        let made = try await api.call(
            "CreateService",
            #"{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 1, "#
                + #""enableExecuteCommand": true}"#)
        #expect(value(made, at: "service.enableExecuteCommand") as? Bool == true)
        _ = try await api.call(
            "UpdateService", #"{"service": "web", "enableExecuteCommand": false}"#)
        guard case .createService(let created) = plane.submitted.first,
            case .updateService(let updated) = plane.submitted.last
        else {
            Issue.record("no commands")
            return
        }
        #expect(created.takesCommands && updated.takesCommands == false)
    }

    @Test("keep what an update does not name")
    func update() async throws {
        let service = Fixture.service(
            document: Document(json: #"{"healthCheckGracePeriodSeconds":5,"role":"r"}"#))
        var state = State()
        state.put(.cluster(Fixture.cluster), .service(service))
        let plane = FakeControlPlane(state) { _, _ throws(APIError) in .service(service) }
        let api = API(plane)
        _ = try await api.call("UpdateService", #"{"service": "web", "desiredCount": 0}"#)
        _ = try await api.call(
            "UpdateService",
            #"""
            {"service": "\#(Fixture.arns)service/default/web", "healthCheckGracePeriodSeconds": 9,
             "placementStrategy": [], "forceNewDeployment": true,
             "deploymentConfiguration": {"maximumPercent": 100}}
            """#)
        let reference = ServiceReference(
            cluster: ClusterReference(region: "us-east-1"), name: "web")
        #expect(
            plane.submitted == [
                .updateService(UpdateService(service: reference, desiredCount: 0)),
                .updateService(
                    UpdateService(
                        service: reference, maximumPercent: 100, placementStrategy: [],
                        healthCheckGracePeriod: 9, forceNewDeployment: true,
                        document: Document(
                            json: #"{"healthCheckGracePeriodSeconds":9,"role":"r"}"#),
                        documentBase: service.document)),
            ])
    }

    @Test(
        "that ask for what Muster can't do are refused, not half made",
        arguments: [
            (#""launchType": "FARGATE""#, APIError.Code.unsupportedFeature, "launchType EC2"),
            (
                #""capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]"#,
                .unsupportedFeature,
                "no capacity provider FARGATE"
            ),
            (
                #""loadBalancers": [{"targetGroupArn": "a"}]"#, .unsupportedFeature,
                "load balancers"
            ),
            (
                #""serviceRegistries": [{"registryArn": "a"}]"#, .unsupportedFeature,
                "service discovery"
            ),
            (
                #""desiredCount": 1, "schedulingStrategy": "DAEMON""#, .invalidParameter,
                "leave desiredCount out"
            ),
            (
                #""deploymentController": {"type": "CODE_DEPLOY"}"#, .unsupportedFeature,
                "CODE_DEPLOY"
            ),
            (
                #""tags": [{"key": "muster:crash-loop", "value": "often"}]"#, .invalidParameter,
                "'often'; it must be N/SECONDS"
            ),
            (
                #""deploymentConfiguration": {"strategy": "BLUE_GREEN"}"#, .unsupportedFeature,
                "BLUE_GREEN"
            ),
            (
                #"""
                "deploymentConfiguration":
                  {"alarms": {"enable": true, "rollback": false, "alarmNames": []}}
                """#,
                .unsupportedFeature, "alarms"
            ),
            (
                #""serviceConnectConfiguration": {"enabled": true}"#, .unsupportedFeature,
                "Service Connect"
            ),
            (
                #""availabilityZoneRebalancing": "ON""#, .invalidParameter,
                "Member must satisfy enum value set: [ENABLED, DISABLED]"
            ),
            (
                #""tags": [{"key": "muster:rebalance", "value": "zones"}]"#, .invalidParameter,
                "'zones'; it must be 'instances', or instances/N/SECONDS"
            ),
            (
                #""platformVersion": "LATEST""#, .invalidParameter,
                "The platform version must be null when specifying an EC2 launch type."
            ),
            (
                #""networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a"]}}"#,
                .invalidParameter, "Network Configuration is not valid for the given networkMode"
            ),
            (
                #""placementConstraints": [{"expression":"task:group == (b)", "type":"memberOf"}]"#,
                .invalidParameter,
                "Invalid placement constraint expression 'task:group == (b)': at character 15: "
            ),
            (
                #""placementConstraints": [{"type": "memberOf"}]"#, .invalidParameter,
                "The constraint memberOf needs an expression."
            ),
            (
                #""placementConstraints": [{"type": "distinctInstance", "expression": "x"}]"#,
                .invalidParameter, "takes no expression"
            ),
            (
                #""placementConstraints": [\#(members(11, #"{"type": "distinctInstance"}"#))]"#,
                .invalidParameter,
                "Placement constraints cannot have more than 10 elements."
            ),
            (
                #""placementStrategy": [{"type": "packed"}]"#, .invalidParameter,
                "Member must satisfy enum value set"
            ),
            (
                #""placementStrategy": [{"type": "random", "field": "cpu"}]"#, .invalidParameter,
                "The strategy random takes no field."
            ),
            (
                #""placementStrategy": [\#(members(6, #"{"type": "random"}"#))]"#,
                .invalidParameter,
                "Placement strategies cannot have more than 5 elements."
            ),
            (
                #""placementStrategy": [{"type": "binpack", "field": "disk"}]"#, .invalidParameter,
                "cpu or memory"
            ),
            (
                #""placementStrategy": [{"type": "spread", "field": "zone"}]"#, .invalidParameter,
                "instanceId or attribute:<name>"
            ),
            (#""desiredCount": -1"#, .invalidParameter, "between 0 and 5000"),
            (
                #""deploymentConfiguration": {"maximumPercent": 50}"#, .invalidParameter,
                "maximumPercent must be between 100"
            ),
            (
                #""clientToken": "0123456789012345678901234567890123456789""#, .invalidParameter,
                "at most 36"
            ),
        ])
    func refusals(_ member: String, _ code: APIError.Code, _ fragment: String) async {
        let count = member.contains("desiredCount") ? "" : #""desiredCount": 1,"#
        let refusal = await Fixture.api.refusal(
            "CreateService",
            #"{"serviceName": "new", "taskDefinition": "web", \#(count) \#(member)}"#)
        #expect(refusal?.code == code)
        #expect(refusal?.message.contains(fragment) == true, "\(refusal?.message ?? "accepted")")
    }

    @Test("of an awsvpc definition need a network configuration")
    func awsvpc() async {
        let api = API(
            .cluster(Fixture.cluster), .taskDefinition(Fixture.definition(networkMode: .awsvpc)))
        for operation in ["CreateService", "RunTask"] {
            let refusal = await api.refusal(
                operation, #"{"serviceName": "a", "taskDefinition": "web", "desiredCount": 1}"#)
            #expect(
                refusal?.message
                    == "Network Configuration must be provided when networkMode 'awsvpc' is "
                    + "specified.")
        }
    }

    @Test("are described ten at a time at most")
    func tooMany() async {
        let names = (0...10).map { "\"s\($0)\"" }.joined(separator: ",")
        let refusal = await Fixture.api.refusal("DescribeServices", #"{"services": [\#(names)]}"#)
        #expect(refusal?.message == "Services cannot have more than 10 elements.")
    }

    @Test("give the core's error as it is")
    func coreErrors() async {
        let error = APIError(.serviceNotActive, "Service was not ACTIVE.")
        let plane = FakeControlPlane { _, _ throws(APIError) in throw error }
        #expect(await API(plane).refusal("UpdateService", #"{"service": "web"}"#) == error)
    }
}

private func members(_ count: Int, _ member: String) -> String {
    Array(repeating: member, count: count).joined(separator: ", ")
}
