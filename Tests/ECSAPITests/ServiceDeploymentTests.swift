import ClusterState
import Foundation
import Model
import Testing

@Suite("Service deployments and revisions (ECS semantics, sections 16.1 and 26.3)")
struct ServiceDeploymentTests {
    static let id = ServiceDeploymentID(high: 7, low: 9)
    static let target = Fixture.deployment.id

    static func deployment(
        _ low: UInt64 = 9, _ status: ServiceDeployment.Status = .inProgress, at seconds: Int64 = 0
    ) -> ServiceDeployment {
        ServiceDeployment(
            id: ServiceDeploymentID(high: 7, low: low), service: Fixture.service().id,
            target: target, sources: [DeploymentID(number: 5)], status: status,
            configuration: DeploymentConfiguration(
                circuitBreaker: .init(enable: true, rollback: true)),
            createdAt: WallTime.noon + .seconds(seconds))
    }

    static var service: Service {
        var service = Fixture.service()
        service.deployments[0].serviceDeployment = id
        service.deployments[0].failedTasks = 2
        return service
    }

    static let revision = ServiceRevision(
        id: target, service: Fixture.service().id, taskDefinition: Fixture.key, launchType: .ec2,
        createdAt: .noon)

    static func api(_ deployments: [ServiceDeployment]) -> API {
        var state = State()
        state.put(
            .cluster(Fixture.cluster), .taskDefinition(Fixture.definition()), .service(service),
            .serviceRevision(revision), .task(Fixture.task()))
        for deployment in deployments { state.put(.serviceDeployment(deployment)) }
        return API(FakeControlPlane(state))
    }

    static let arn = "\(Fixture.arns)service-deployment/default/web/\(id.short)"
    static let revisionARN = "\(Fixture.arns)service-revision/default/web/\(target.number)"

    @Test("are described with what they bring, count and went back to")
    func describe() async throws {
        var deployment = Self.deployment()
        deployment.startedAt = .noon
        let answer = try await Self.api([deployment]).call(
            "DescribeServiceDeployments",
            #"""
            {"serviceDeploymentArns": ["\#(Self.arn)", "\#(Self.arn.dropLast())A"]}
            """#)
        #expect(
            answer
                == canonical(
                    #"""
                    {"serviceDeployments": [{
                       "serviceDeploymentArn": "\#(Self.arn)", "status": "IN_PROGRESS",
                       "serviceArn": "\#(Fixture.arns)service/default/web",
                       "clusterArn": "\#(Fixture.arns)cluster/default",
                       "createdAt": 1735732800.25, "startedAt": 1735732800.25,
                       "updatedAt": 1735732800.25,
                       "targetServiceRevision": {"arn": "\#(Self.revisionARN)",
                         "requestedTaskCount": 1, "runningTaskCount": 1, "pendingTaskCount": 0},
                       "sourceServiceRevisions": [{
                         "arn": "\#(Fixture.arns)service-revision/default/web/5",
                         "requestedTaskCount": 0, "runningTaskCount": 0, "pendingTaskCount": 0}],
                       "deploymentConfiguration": {"maximumPercent": 200, "strategy": "ROLLING",
                         "minimumHealthyPercent": 100,
                         "deploymentCircuitBreaker": {"enable": true, "rollback": true}},
                       "deploymentCircuitBreaker":
                         {"status": "MONITORING", "failureCount": 2, "threshold": 3},
                       "alarms": {"status": "DISABLED", "alarmNames": []}}],
                     "failures": [{"arn": "\#(Self.arn.dropLast())A", "reason": "MISSING"}]}
                    """#))
    }

    @Test("that went back say why, when and to what")
    func rollback() async throws {
        var deployment = Self.deployment(9, .rollbackSuccessful)
        deployment.isTripped = true
        deployment.failureCount = 3
        deployment.threshold = 3
        deployment.rollback = .init(
            reason: "because", startedAt: .noon, revision: DeploymentID(number: 5))
        let answer = try await Self.api([deployment]).call(
            "DescribeServiceDeployments", #"{"serviceDeploymentArns": ["\#(Self.arn)"]}"#)
        let first = "serviceDeployments.0"
        #expect(value(answer, at: "\(first).status") as? String == "ROLLBACK_SUCCESSFUL")
        #expect(value(answer, at: "\(first).rollback.reason") as? String == "because")
        #expect(
            value(answer, at: "\(first).rollback.serviceRevisionArn") as? String
                == "\(Fixture.arns)service-revision/default/web/5")
        #expect(
            value(answer, at: "\(first).deploymentCircuitBreaker.status") as? String == "TRIGGERED")
        #expect(
            value(answer, at: "\(first).deploymentCircuitBreaker.failureCount") as? Int == 3)
    }

    @Test("revisions are described as the service was then")
    func revisions() async throws {
        let answer = try await Self.api([]).call(
            "DescribeServiceRevisions",
            #"""
            {"serviceRevisionArns": ["\#(Self.revisionARN)", "\#(Self.revisionARN)0"]}
            """#)
        #expect(
            answer
                == canonical(
                    #"""
                    {"serviceRevisions": [{
                       "serviceRevisionArn": "\#(Self.revisionARN)",
                       "serviceArn": "\#(Fixture.arns)service/default/web",
                       "clusterArn": "\#(Fixture.arns)cluster/default", "launchType": "EC2",
                       "taskDefinition": "\#(Fixture.arns)task-definition/web:1",
                       "containerImages": [{"containerName": "app", "image": "nginx"}],
                       "loadBalancers": [], "serviceRegistries": [], "guardDutyEnabled": false,
                       "createdAt": 1735732800.25}],
                     "failures": [{"arn": "\#(Self.revisionARN)0", "reason": "MISSING"}]}
                    """#))
    }

    @Test("are listed newest first, twenty a page, by status and time")
    func list() async throws {
        let all = (1...25).map {
            Self.deployment(UInt64($0), $0 == 25 ? .inProgress : .successful, at: Int64($0))
        }
        let api = Self.api(all)
        func list(_ members: String) async throws -> (ids: [String], token: String?) {
            let answer = try await api.call(
                "ListServiceDeployments", #"{"service": "web"\#(members)}"#)
            let found = value(answer, at: "serviceDeployments") as? [[String: NSObject]] ?? []
            return (
                found.compactMap { $0["serviceDeploymentArn"] as? String },
                value(answer, at: "nextToken") as? String
            )
        }
        let first = try await list("")
        #expect(first.ids.count == 20)
        #expect(first.ids.first?.hasSuffix(all[24].id.short) == true)
        let rest = try await list(#", "nextToken": "\#(first.token ?? "")""#)
        #expect(rest.ids.count == 5 && rest.token == nil)
        #expect(Set(first.ids + rest.ids).count == 25)
        #expect(try await list(#", "status": ["IN_PROGRESS"]"#).ids.count == 1)
        #expect(try await list(#", "status": ["STOPPED"]"#).ids.isEmpty)
        #expect(try await list(#", "createdAt": {"after": 1735732822}"#).ids.count == 4)
        let between = #", "createdAt": {"after": 1735732805, "before": 1735732808}"#
        #expect(try await list(between).ids.count == 3)
    }

    @Test("are stopped with ROLLBACK unless told otherwise")
    func stop() async throws {
        let plane = FakeControlPlane { _, _ throws(APIError) in .done }
        let api = API(plane)
        for type in ["", #", "stopType": "ABORT""#] {
            let answer = try await api.call(
                "StopServiceDeployment", #"{"serviceDeploymentArn": "\#(Self.arn)"\#(type)}"#)
            #expect(answer == canonical(#"{"serviceDeploymentArn": "\#(Self.arn)"}"#))
        }
        let reference = ServiceDeploymentReference(
            service: ServiceReference(
                cluster: ClusterReference(region: "us-east-1"), name: "web"), id: Self.id)
        #expect(
            plane.submitted == [
                .stopServiceDeployment(reference, .rollback),
                .stopServiceDeployment(reference, .abort),
            ])
    }

    @Test(
        "are refused in ECS's words where a request is wrong",
        arguments: [
            ("ListServiceDeployments", #"{"service": "gone"}"#, "ServiceNotFound", "not found"),
            ("ListServiceDeployments", #"{"service": ""}"#, "InvalidParameter", "cannot be empty"),
            (
                "ListServiceDeployments", #"{"service": "web", "maxResults": 101}"#,
                "InvalidParameter", "less than or equal to 100"
            ),
            (
                "ListServiceDeployments", #"{"service": "web", "cluster": "gone"}"#,
                "ClusterNotFound", "Cluster not found."
            ),
            (
                "DescribeServiceDeployments", #"{"serviceDeploymentArns": []}"#, "InvalidParameter",
                "cannot be empty"
            ),
            (
                "DescribeServiceDeployments",
                #"{"serviceDeploymentArns": ["\#(revisionARN)"]}"#, "InvalidParameter",
                "is not the ARN of a service-deployment"
            ),
            (
                "DescribeServiceRevisions", #"{"serviceRevisionArns": ["web"]}"#,
                "InvalidParameter", "is not the ARN of a service-revision"
            ),
            (
                "DescribeServiceRevisions",
                "{\"serviceRevisionArns\": ["
                    + [String](repeating: "\"a\"", count: 21).joined(separator: ",") + "]}",
                "InvalidParameter", "cannot have more than 20 elements"
            ),
            (
                "StopServiceDeployment",
                #"{"serviceDeploymentArn": "\#(Fixture.arns)service-deployment/default/web/x"}"#,
                "ServiceDeploymentNotFound", "was not found"
            ),
            (
                "ContinueServiceDeployment", #"{"serviceDeploymentArn": "\#(arn)", "hookId": "h"}"#,
                "InvalidParameter", "is not paused"
            ),
        ])
    func refusals(operation: String, body: String, code: String, fragment: String) async {
        let refusal = await Self.api([Self.deployment()]).refusal(operation, body)
        #expect(refusal?.code.rawValue == "\(code)Exception", "\(operation) \(body)")
        #expect(refusal?.message.contains(fragment) == true, "\(refusal?.message ?? "none")")
    }
}
