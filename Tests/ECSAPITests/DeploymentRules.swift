import ClusterState
import Foundation
import Model
import Testing

/// Rules of ECS semantics that the API alone decides, a row each; the section is named. Those of
/// the core are in `ManagerCoreTests.RuleTables`.
@Suite("Rules of deployments, a row each")
struct DeploymentRules {
    static func network(_ subnets: String) -> String {
        #"{"awsvpcConfiguration":{"subnets":[\#(subnets)]}}"#
    }

    @Test(
        "12.1: another networkConfiguration starts a deployment, the same does not",
        arguments: [
            (network(#""a""#), false), (network(#""b""#), true), (network(#""a","b""#), true),
        ])
    func networkConfiguration(_ network: String, deploys: Bool) async throws {
        let plane = Self.plane(networkMode: .awsvpc)
        _ = try await API(plane).call(
            "UpdateService", #"{"service": "web", "networkConfiguration": \#(network)}"#)
        guard case .updateService(let request) = plane.submitted.first else {
            Issue.record("no command")
            return
        }
        #expect(request.forceNewDeployment == deploys)
        #expect(request.document?.json.contains("subnets") == true)
    }

    @Test("12.1: a networkConfiguration belongs to the mode of the definition that is current")
    func networkOfOtherMode() async throws {
        let plane = Self.plane(networkMode: .bridge)
        let refusal = await API(plane).refusal(
            "UpdateService",
            #"{"service": "web", "networkConfiguration": \#(Self.network(#""b""#))}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(
            refusal?.message.hasPrefix("Network Configuration is not valid for the given") == true)
        #expect(plane.submitted.isEmpty)
    }

    @Test(
        "13.4: versionConsistency is kept as it is given; no digest is shown that nobody resolved",
        arguments: ["enabled", "disabled"])
    func versionConsistency(_ wish: String) async throws {
        let plane = FakeControlPlane { command, _ throws(APIError) in
            guard case .registerTaskDefinition(let request) = command else { return .done }
            return .taskDefinition(
                TaskDefinition(
                    key: Fixture.key, containers: request.containers, registeredAt: .noon,
                    document: request.document))
        }
        let answer = try await API(plane).call(
            "RegisterTaskDefinition",
            #"""
            {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx",
             "memory": 64, "versionConsistency": "\#(wish)"}]}
            """#)
        let path = "taskDefinition.containerDefinitions.0.versionConsistency"
        #expect(value(answer, at: path) as? String == wish)
        let tasks = try await API(.cluster(Fixture.cluster), .task(Fixture.task())).call(
            "DescribeTasks", #"{"tasks": ["\#(Fixture.task().id)"]}"#)
        #expect(!tasks.contains("imageDigest"))
    }

    /// A member of `deploymentConfiguration`, and what in the refusal names it; `nil` where it
    /// works.
    static let configurations: [(section: String, json: String, refusal: String?)] = [
        ("14.2", #""alarms": {"alarmNames": ["a"], "enable": true, "rollback": true}"#, "alarms"),
        ("14.2", #""alarms": {"alarmNames": ["a"], "enable": false, "rollback": false}"#, nil),
        ("16.2", #""strategy": "ROLLING""#, nil),
        ("16.2", #""strategy": "ROLLING", "bakeTimeInMinutes": 0"#, nil),
        ("16.2", #""strategy": "ROLLING", "bakeTimeInMinutes": 5"#, "bake time"),
        ("16.2", #""strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5"#, "BLUE_GREEN"),
        (
            "16.2",
            #""strategy": "LINEAR", "linearConfiguration": {"stepPercent": 10.0}"#, "LINEAR"
        ),
        (
            "16.2",
            #""strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5.0}"#, "CANARY"
        ),
        (
            "16.2",
            #"""
            "lifecycleHooks": [{"hookTargetArn": "a", "roleArn": "b",
              "lifecycleStages": ["POST_SCALE_UP"]}]
            """#, "lifecycle hooks"
        ),
    ]

    @Test(
        "14.2, 16.2: what no part of Muster can do yet is refused by name, the rest is kept",
        arguments: configurations)
    func configuration(section: String, json: String, refusal: String?) async throws {
        let plane = FakeControlPlane { _, _ throws(APIError) in .service(Fixture.service()) }
        let said = await API(plane).refusal(
            "CreateService",
            #"""
            {"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 1,
             "deploymentConfiguration": {\#(json)}}
            """#)
        guard let refusal else {
            #expect(said == nil, "\(section): \(said?.message ?? "")")
            return
        }
        #expect(said?.code == .unsupportedFeature, "\(section)")
        #expect(said?.message.contains(refusal) == true, "\(section): \(said?.message ?? "")")
        #expect(plane.submitted.isEmpty)
    }

    /// A manager with a service whose tasks are in the subnet "a".
    private static func plane(networkMode: NetworkMode) -> FakeControlPlane {
        let service = Fixture.service(
            document: Document(json: #"{"networkConfiguration":\#(network(#""a""#))}"#))
        var state = State()
        state.put(
            .cluster(Fixture.cluster),
            .taskDefinition(Fixture.definition(networkMode: networkMode)), .service(service))
        return FakeControlPlane(state) { _, _ throws(APIError) in .service(service) }
    }
}
