import ClusterState
import Foundation
import Model
import Testing

@Suite("Services of the DAEMON strategy")
struct DaemonServiceTests {
    @Test("have bounds of their own and no desired count")
    func daemon() async throws {
        let plane = FakeControlPlane { _, _ throws(APIError) in .service(Fixture.service()) }
        let api = API(plane)
        let body = """
            "serviceName": "agent", "taskDefinition": "web:1", "schedulingStrategy": "DAEMON"
            """
        _ = try await api.call("CreateService", "{\(body)}")
        guard case .createService(let request) = plane.submitted.first else {
            Issue.record("no command")
            return
        }
        #expect(request.schedulingStrategy == .daemon && request.desiredCount == 0)
        #expect(
            request.deploymentConfiguration
                == DeploymentConfiguration(minimumHealthyPercent: 0, maximumPercent: 100))
        for (member, fragment) in [
            (#""deploymentConfiguration": {"maximumPercent": 200}"#, "must be 100; it is 200"),
            (#""placementStrategy": [{"type": "random"}]"#, "has no placement strategy"),
            (#""desiredCount": 0"#, "leave desiredCount out"),
            (#""launchType": "FARGATE""#, "launchType EC2"),
        ] {
            let refusal = await api.refusal("CreateService", "{\(body), \(member)}")
            #expect(refusal?.message.contains(fragment) == true, "\(refusal?.message ?? "none")")
        }
    }

    @Test("and those of REPLICA are listed by their strategy")
    func strategies() async throws {
        var daemon = Fixture.service("agent", number: 2)
        daemon.schedulingStrategy = .daemon
        let api = API(.cluster(Fixture.cluster), .service(Fixture.service()), .service(daemon))
        for (strategy, name) in [("REPLICA", "web"), ("DAEMON", "agent")] {
            let answer = try await api.call(
                "ListServices", #"{"schedulingStrategy": "\#(strategy)"}"#)
            #expect(
                answer
                    == canonical(
                        #"{"serviceArns": ["\#(Fixture.arns)service/default/\#(name)"]}"#))
        }
    }
}
