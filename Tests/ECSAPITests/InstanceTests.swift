import ClusterState
import Foundation
import Model
import Testing

@Suite("Container instances")
struct InstanceTests {
    @Test("are described with what they have and what is left")
    func describe() async throws {
        let answer = try await Fixture.api.call(
            "DescribeContainerInstances",
            #"""
            {"containerInstances": ["\#(Fixture.instanceID)",
              "00000000000000020000000000000009"]}
            """#)
        let zero = #""doubleValue": 0, "longValue": 0"#
        #expect(
            answer
                == canonical(
                    #"""
                    {"containerInstances": [{
                      "containerInstanceArn":
                        "\#(Fixture.arns)container-instance/default/\#(Fixture.instanceID)",
                      "ec2InstanceId": "worker-1", "version": 1,
                      "versionInfo": {"agentVersion": "0.1.0"},
                      "registeredResources": [
                        {"name": "CPU", "type": "INTEGER", \#(zero), "integerValue": 2048},
                        {"name": "MEMORY", "type": "INTEGER", \#(zero), "integerValue": 4096},
                        {"name": "PORTS", "type": "STRINGSET", \#(zero), "integerValue": 0,
                         "stringSetValue": ["22"]},
                        {"name": "PORTS_UDP", "type": "STRINGSET", \#(zero), "integerValue": 0,
                         "stringSetValue": []}],
                      "remainingResources": [
                        {"name": "CPU", "type": "INTEGER", \#(zero), "integerValue": 1792},
                        {"name": "MEMORY", "type": "INTEGER", \#(zero), "integerValue": 3968},
                        {"name": "PORTS", "type": "STRINGSET", \#(zero), "integerValue": 0,
                         "stringSetValue": ["22", "8080"]},
                        {"name": "PORTS_UDP", "type": "STRINGSET", \#(zero), "integerValue": 0,
                         "stringSetValue": []}],
                      "status": "ACTIVE", "agentConnected": true, "runningTasksCount": 1,
                      "pendingTasksCount": 0, "attachments": [], "tags": [],
                      "attributes": [
                        {"name": "ecs.availability-zone", "value": "us-east-1a"},
                        {"name": "ecs.cpu-architecture", "value": "x86_64"}],
                      "registeredAt": 1735732800.25}],
                     "failures": [{"reason": "MISSING", "arn":
                       "\#(Fixture.arns)container-instance/default/00000000000000020000000000000009"
                     }]}
                    """#))
    }

    private static let askingForHealth =
        #"""
        {"containerInstances": ["\#(Fixture.instanceID)"],
         "include": ["CONTAINER_INSTANCE_HEALTH"]}
        """#

    private func health(_ instance: ContainerInstance, _ told: InstanceHealth?) async throws
        -> String?
    {
        var book = UsageBook()
        if let told {
            book.take(
                UsageReport(
                    session: SessionID(high: 1, low: 1), number: 1, containers: [], health: told),
                of: instance.id, at: Moment(monotonic: .zero, wall: .noon))
        }
        let api = API(
            .cluster(Fixture.cluster), .instance(instance), usage: UsageReading(book, at: .zero))
        let answer = try await api.call("DescribeContainerInstances", Self.askingForHealth)
        let status = value(answer, at: "containerInstances.0.healthStatus")
        return try status.map {
            String(
                decoding: try JSONSerialization.data(
                    withJSONObject: $0, options: [.sortedKeys, .withoutEscapingSlashes]),
                as: UTF8.self)
        }
    }

    @Test("tell how they are when asked: OK or IMPAIRED, and before that and after that nothing")
    func health() async throws {
        let instance = Fixture.instance
        #expect(
            try await health(instance, InstanceHealth())
                == #"{"details":[{"lastStatusChange":1735732800.25,"lastUpdated":1735732800.25,"#
                + #""status":"OK","type":"CONTAINER_RUNTIME"}],"overallStatus":"OK"}"#)
        let full = InstanceHealth(
            disk: InstanceHealth.Finding(fault: "The disk is full.", age: 10_000))
        #expect(
            try await health(instance, full)
                == #"{"details":[{"lastStatusChange":1735732790.25,"lastUpdated":1735732800.25,"#
                + #""status":"IMPAIRED","statusReason":"The disk is full.","#
                + #""type":"CONTAINER_RUNTIME"}],"overallStatus":"IMPAIRED"}"#)
        #expect(
            try await health(instance, nil)
                == #"{"details":[{"status":"INITIALIZING","type":"CONTAINER_RUNTIME"}],"#
                + #""overallStatus":"INITIALIZING"}"#)
        var lost = instance
        lost.agentConnected = false
        #expect(try await health(lost, full)?.contains("INSUFFICIENT_DATA") == true)
    }

    @Test("are listed by status, and by default all but the INACTIVE")
    func list() async throws {
        var gone = Fixture.instance
        gone.status = .inactive
        let all = try await Fixture.api.call("ListContainerInstances")
        #expect((value(all, at: "containerInstanceArns") as? [String])?.count == 1)
        let draining = try await Fixture.api.call(
            "ListContainerInstances", #"{"status": "DRAINING"}"#)
        #expect(draining == canonical(#"{"containerInstanceArns": []}"#))
        let api = API(.cluster(Fixture.cluster), .instance(gone))
        #expect(
            try await api.call("ListContainerInstances")
                == canonical(#"{"containerInstanceArns": []}"#))
    }

    @Test(
        "are filtered by an expression of the cluster query language",
        arguments: [
            ("agentConnected == true and runningTasksCount == 1", 1),
            ("attribute:ecs.availability-zone =~ us-east-1.* and ec2InstanceId == worker-1", 1),
            ("task:group in [service:web, x]", 1), ("task:group =~ family:.*", 0),
            ("agentVersion > 0.1", 0), ("registeredAt >= 2025-01-01T12:00:00Z", 1),
        ])
    func filter(text: String, count: Int) async throws {
        let answer = try await Fixture.api.call(
            "ListContainerInstances", #"{"filter": "\#(text)"}"#)
        #expect((value(answer, at: "containerInstanceArns") as? [String])?.count == count)
    }

    @Test("are not filtered by what is no expression")
    func badFilter() async {
        let refusal = await Fixture.api.refusal(
            "ListContainerInstances", #"{"filter": "agentConnected = true"}"#)
        #expect(
            refusal
                == APIError(
                    .invalidParameter,
                    "Invalid filter 'agentConnected = true': at character 16: expected one of the "
                        + "operators ==, !=, in, !in, =~, !~, found '='."))
    }

    @Test("are drained, ten at a time at most")
    func drain() async throws {
        let plane = FakeControlPlane { command, _ throws(APIError) in
            guard case .updateContainerInstancesState(_, let ids, _) = command else { return .done }
            return .instances([], missing: ids)
        }
        let api = API(plane)
        let answer = try await api.call(
            "UpdateContainerInstancesState",
            #"{"containerInstances": ["\#(Fixture.instanceID)"], "status": "DRAINING"}"#)
        #expect(value(answer, at: "failures.0.reason") as? String == "MISSING")
        #expect(
            plane.submitted == [
                .updateContainerInstancesState(
                    ClusterReference(region: "us-east-1"), [Fixture.instance.id], .draining)
            ])
        let refused = await api.refusal(
            "UpdateContainerInstancesState",
            #"{"containerInstances": ["\#(Fixture.instanceID)"], "status": "REGISTERING"}"#)
        #expect(refused?.message == "Container instance status should be one of [ACTIVE,DRAINING].")
        let ids = (1...UInt64(11)).map { "\"\(InstanceID(high: 2, low: $0))\"" }.joined(
            separator: ",")
        let many = await api.refusal(
            "UpdateContainerInstancesState",
            #"{"containerInstances": [\#(ids)], "status": "DRAINING"}"#)
        #expect(many?.message == "Container Instances cannot have more than 10 elements.")
    }
}
