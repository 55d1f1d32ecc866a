import ClusterState
import Foundation
import Model
import Testing

@Suite("Managed daemons")
struct ManagedDaemonTests {
    static let arn = Fixture.arns + "daemon/default/log"
    static let definition = Fixture.arns + "daemon-task-definition/agent:1"
    private static let body =
        #""daemonName": "log", "daemonTaskDefinitionArn": "\#(definition)""#

    /// A cluster with a provider, and a manager that makes services of what it is told.
    private static var plane: FakeControlPlane {
        var cluster = Fixture.cluster
        cluster.capacityProviders = ["red"]
        var state = State()
        state.put(
            .cluster(cluster), .capacityProvider(CapacityProviderAPITests.provider("red")),
            .capacityProvider(CapacityProviderAPITests.provider("other")),
            .taskDefinition(Fixture.definition(family: "daemon/agent")),
            .taskDefinition(Fixture.definition()))
        return FakeControlPlane(state) { command, state throws(APIError) in
            switch command {
            case .createService(let request):
                var service = Fixture.service(request.service.name)
                service.document = request.document
                state.put(.service(service))
                return .service(service)
            case .updateService(let request):
                var service = Fixture.service(request.service.name)
                service.document = request.document ?? service.document
                state.put(.service(service))
                return .service(service)
            case .deleteService(let reference, _):
                let service = Fixture.service(reference.name, status: .draining)
                state.put(.service(service))
                return .service(service)
            case .registerTaskDefinition(let request):
                var definition = Fixture.definition(revision: 2, family: request.family)
                definition.document = request.document
                state.put(.taskDefinition(definition))
                return .taskDefinition(definition)
            default: throw APIError(.server, "not of daemons")
            }
        }
    }

    private static func created(_ more: String = "") -> String {
        #"{\#(body), "capacityProviderArns": ["red"]\#(more)}"#
    }

    @Test("are services of the DAEMON strategy on the groups of their providers")
    func create() async throws {
        let plane = Self.plane
        let api = API(plane)
        let answer = try await api.call(
            "CreateDaemon",
            Self.created(
                #", "propagateTags": "DAEMON", "deploymentConfiguration": {"drainPercent": 40}"#))
        #expect(value(answer, at: "daemonArn") as? String == Self.arn)
        #expect(value(answer, at: "status") as? String == "ACTIVE")
        guard case .createService(let request) = plane.submitted.first else { return }
        #expect(request.service.name == "daemon/log" && request.schedulingStrategy == .daemon)
        #expect(request.taskDefinition?.family == "daemon/agent")
        #expect(request.propagateTags == .service)
        #expect(request.deploymentConfiguration.minimumHealthyPercent == 60)
        let constraints = "\(request.placementConstraints)"
        #expect(constraints.contains("attribute:muster.group in ['red']"), "\(constraints)")
        #expect(try await api.call("ListServices") == canonical(#"{"serviceArns": []}"#))
        let listed = try await api.call("ListDaemons", #"{"capacityProviderArns": ["red"]}"#)
        #expect(value(listed, at: "daemonSummariesList.0.daemonArn") as? String == Self.arn)
        let others = try await api.call("ListDaemons", #"{"capacityProviderArns": ["other"]}"#)
        #expect(others == canonical(#"{"daemonSummariesList": []}"#))
        let described = try await api.call("DescribeDaemon", #"{"daemonArn": "\#(Self.arn)"}"#)
        #expect(
            value(described, at: "daemon.currentRevisions.0.arn") as? String
                == Fixture.arns + "daemon-revision/default/log/1234567890123456789")
    }

    @Test("keep their capacity providers with the cluster")
    func providersStay() async throws {
        let api = API(Self.plane)
        _ = try await api.call("CreateDaemon", Self.created())
        let error = await api.refusal(
            "PutClusterCapacityProviders",
            #"""
            {"cluster": "default", "capacityProviders": ["other"],
             "defaultCapacityProviderStrategy": []}
            """#)
        #expect(error?.code == .resourceInUse)
    }

    @Test("are updated in what a request names, always with a new deployment")
    func update() async throws {
        let plane = Self.plane
        let api = API(plane)
        _ = try await api.call(
            "CreateDaemon", Self.created(#", "deploymentConfiguration": {"drainPercent": 50}"#))
        _ = try await api.call(
            "UpdateDaemon",
            #"""
            {"daemonArn": "\#(Self.arn)", "daemonTaskDefinitionArn": "agent:1",
             "capacityProviderArns": ["red"], "enableECSManagedTags": true,
             "enableExecuteCommand": true}
            """#)
        guard case .updateService(let request) = plane.submitted.last else { return }
        #expect(request.forceNewDeployment && request.minimumHealthyPercent == 50)
        #expect(request.enableManagedTags == true && request.documentBase != nil)
        #expect(request.takesCommands == true)
        let deleted = try await api.call("DeleteDaemon", #"{"daemonArn": "\#(Self.arn)"}"#)
        #expect(value(deleted, at: "status") as? String == "DELETE_IN_PROGRESS")
        let again = await api.refusal("DeleteDaemon", #"{"daemonArn": "\#(Self.arn)"}"#)
        #expect(again?.code == .daemonNotActive)
    }

    @Test("let go of a deleted definition once none of them has it")
    func deletedDefinition() async throws {
        var service = Fixture.service("daemon/log")
        service.schedulingStrategy = .daemon
        service.deployments[0].taskDefinition.family = "daemon/agent"
        var state = State()
        state.put(
            .cluster(Fixture.cluster), .service(service),
            .taskDefinition(Fixture.definition(family: "daemon/agent", status: .deleteInProgress)))
        func status() async throws -> String? {
            let request = #"{"daemonTaskDefinition": "\#(Self.definition)"}"#
            let answer = try await API(FakeControlPlane(state)).call(
                "DescribeDaemonTaskDefinition", request)
            return value(answer, at: "daemonTaskDefinition.status") as? String
        }
        #expect(try await status() == "DELETE_IN_PROGRESS")
        service.status = .inactive
        state.put(.service(service))
        #expect(try await status() == "DELETED")
    }

    @Test(
        "refuse what can't be honoured",
        arguments: [
            ("CreateDaemon", "{}", "'daemonName'"),
            (
                "CreateDaemon",
                created(#", "deploymentConfiguration": {"bakeTimeInMinutes": 5}"#), "bake time"
            ),
            (
                "CreateDaemon",
                created(#", "deploymentConfiguration": {"alarms": {"enable": true}}"#),
                "no source of alarms"
            ),
            (
                "CreateDaemon",
                created(#", "deploymentConfiguration": {"drainPercent": 101}"#),
                "less than or equal to 100"
            ),
            (
                "CreateDaemon", #"{\#(body), "capacityProviderArns": []}"#,
                "Capacity providers cannot be empty."
            ),
            (
                "CreateDaemon", #"{\#(body), "capacityProviderArns": ["other"]}"#,
                "is not associated with the cluster"
            ),
            (
                "CreateDaemon", #"{\#(body), "capacityProviderArns": ["gone"]}"#,
                "The specified capacity provider does not exist."
            ),
            ("DescribeDaemon", #"{"daemonArn": "log"}"#, "not the ARN of a daemon"),
            ("DescribeDaemon", #"{"daemonArn": "\#(arn)"}"#, "daemon was not found"),
            ("ListTasks", #"{"daemonName": "log"}"#, "daemon was not found"),
            ("DescribeDaemonTaskDefinition", #"{"daemonTaskDefinition": "web"}"#, "Unable to"),
            ("DeleteDaemonTaskDefinition", #"{"daemonTaskDefinition": "agent"}"#, "Revision is"),
            ("DescribeTaskDefinition", #"{"taskDefinition": "daemon/agent"}"#, "Invalid task"),
            (
                "RegisterDaemonTaskDefinition",
                #"{"family": "a b", "containerDefinitions": [{"image": "x"}]}"#, "Invalid family"
            ),
        ])
    func refusals(operation: String, body: String, part: String) async {
        let error = await API(Self.plane).refusal(operation, body)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
    }

    @Test("have task definitions that no list of the others shows")
    func definitions() async throws {
        let api = API(Self.plane)
        let made = try await api.call(
            "RegisterDaemonTaskDefinition",
            #"""
            {"family": "agent", "cpu": "128", "memory": "64", "volumes": [{"name": "v"}],
             "containerDefinitions": [{"name": "a", "image": "x", "command": ["b"],
               "linuxParameters": {"initProcessEnabled": true}}]}
            """#)
        let second = Fixture.arns + "daemon-task-definition/agent:2"
        #expect(made == canonical(#"{"daemonTaskDefinitionArn": "\#(second)"}"#))
        let described = try await api.call(
            "DescribeDaemonTaskDefinition", #"{"daemonTaskDefinition": "\#(second)"}"#)
        let at = "daemonTaskDefinition."
        #expect(value(described, at: at + "family") as? String == "agent")
        #expect(value(described, at: at + "revision") as? Int == 2)
        #expect(value(described, at: at + "volumes.0.name") as? String == "v")
        #expect(value(described, at: at + "containerDefinitions.0.command.0") as? String == "b")
        #expect(value(described, at: at + "containerDefinitions.0.essential") as? Bool == true)
        let all = try await api.call("ListDaemonTaskDefinitions", #"{"maxResults": 1}"#)
        #expect(value(all, at: "daemonTaskDefinitions.0.arn") as? String == Self.definition)
        let token = try #require(value(all, at: "nextToken") as? String)
        let rest = try await api.call(
            "ListDaemonTaskDefinitions", #"{"nextToken": "\#(token)"}"#)
        #expect(value(rest, at: "daemonTaskDefinitions.0.arn") as? String == second)
        let last = try await api.call(
            "ListDaemonTaskDefinitions",
            #"{"familyPrefix": "ag", "family": "agent", "revision": "LAST_REGISTERED"}"#)
        #expect(value(last, at: "daemonTaskDefinitions.1") == nil)
        #expect(value(last, at: "daemonTaskDefinitions.0.arn") as? String == second)
        let families = try await api.call("ListTaskDefinitionFamilies")
        #expect(families == canonical(#"{"families": ["web"]}"#))
        let others = try await api.call(
            "ListTaskDefinitions", #"{"familyPrefix": "daemon/agent"}"#)
        #expect(others == canonical(#"{"taskDefinitionArns": []}"#))
    }
}
