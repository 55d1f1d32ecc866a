import ClusterState
import ECSAPI
import Foundation
import Model
import Testing

@Suite("Beside ECS")
struct OtherEndpointTests {
    @Test("STS tells who asks")
    func callerIdentity() throws {
        let answer = try STSEndpoint(account: "123456789012").perform(
            ["Action": "GetCallerIdentity", "Version": "2011-06-15"], requestID: "r")
        #expect(answer.contains("<Account>123456789012</Account>"))
        #expect(answer.contains("<Arn>arn:aws:iam::123456789012:root</Arn>"))
    }

    @Test("another action is an InvalidAction, and its name can't break the XML")
    func otherAction() {
        let error = #expect(throws: QueryError.self) {
            try STSEndpoint(account: "1").perform(["Action": "<a>&\u{1}"], requestID: "r")
        }
        #expect(error?.code == "InvalidAction")
        #expect(error?.xml(requestID: "r").contains("&lt;a&gt;&amp;\u{FFFD}") == true)
    }

    @Test("the status report has everything that a table needs")
    func status() throws {
        let endpoint = StatusEndpoint(
            account: "123456789012", defaultRegion: "us-east-1", controlPlane: Fixture.api.plane)
        let report = try JSONDecoder().decode(
            StatusReport.self, from: Data(try endpoint.status(at: .noon)))
        let cluster = try #require(report.clusters.first)
        #expect(cluster.name == "default")
        #expect(cluster.region == "us-east-1")
        #expect(cluster.workers.map(\.name) == ["worker-1"])
        #expect(cluster.workers.map(\.cpuReserved) == [256])
        #expect(cluster.services.map(\.running) == [1])
        #expect(cluster.tasks.map(\.worker) == ["worker-1"])
        #expect(cluster.tasks.first?.containers.first?.ports == ["32768->80/tcp"])
        #expect(cluster.tasksLeftOut == 0)
    }

    @Test("the status report is bounded, and says what it leaves out")
    func bounded() throws {
        var state = State()
        state.put(.cluster(Fixture.cluster))
        for number in 1...UInt64(StatusReport.tasksMaximum + 5) {
            state.put(.task(Fixture.task(number, status: number == 1 ? .running : .stopped)))
        }
        let endpoint = StatusEndpoint(
            account: "1", defaultRegion: "us-east-1", controlPlane: FakeControlPlane(state))
        let report = try JSONDecoder().decode(
            StatusReport.self, from: Data(try endpoint.status(at: .noon)))
        #expect(report.clusters.first?.tasks.count == StatusReport.tasksMaximum)
        #expect(report.clusters.first?.tasksLeftOut == 5)
        #expect(report.clusters.first?.tasks.first?.lastStatus == "RUNNING")
    }

    @Test("an operator's word on a mass silence becomes a command")
    func massSilence() async throws {
        let plane = FakeControlPlane()
        let endpoint = StatusEndpoint(
            account: "1", defaultRegion: "us-east-1", controlPlane: plane)
        _ = try await endpoint.resolveMassSilence(
            Array(#"{"cluster": "prod", "decision": "replace"}"#.utf8))
        #expect(
            plane.submitted == [
                .resolveMassSilence(ClusterReference(region: "us-east-1", name: "prod"), .replace)
            ])
        await #expect(throws: APIError.self) {
            try await endpoint.resolveMassSilence(Array(#"{"decision": "maybe"}"#.utf8))
        }
    }
}
