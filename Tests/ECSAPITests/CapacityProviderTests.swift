import ClusterState
import Foundation
import Model
import Testing

@Suite("Capacity providers")
struct CapacityProviderAPITests {
    static let arn =
        "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:u:autoScalingGroupName/web asg"

    static func provider(_ name: String) -> CapacityProvider {
        CapacityProvider(
            reference: CapacityProviderReference(region: "us-east-1", name: name), group: name,
            tags: [Tag(key: "a", value: "b")], createdAt: .noon,
            document: Document(json: #"{"autoScalingGroupArn":"g"}"#))
    }

    @Test("are made over the group that an Auto Scaling group's ARN names")
    func create() async throws {
        let plane = FakeControlPlane { command, _ throws(APIError) in
            guard case .createCapacityProvider(let request) = command else { return .done }
            return .capacityProvider(
                CapacityProvider(
                    reference: request.reference, group: request.group, createdAt: .noon,
                    document: request.document))
        }
        let answer = try await API(plane).call(
            "CreateCapacityProvider",
            #"{"name": "red", "autoScalingGroupProvider": {"autoScalingGroupArn": "\#(Self.arn)"}}"#
        )
        #expect(
            value(answer, at: "capacityProvider.capacityProviderArn") as? String
                == Fixture.arns + "capacity-provider/red")
        #expect(value(answer, at: "capacityProvider.status") as? String == "ACTIVE")
        #expect(value(answer, at: "capacityProvider.type") as? String == "EC2_AUTOSCALING")
        let scaling = "capacityProvider.autoScalingGroupProvider.managedScaling"
        #expect(value(answer, at: scaling + ".status") as? String == "DISABLED")
        #expect(value(answer, at: scaling + ".targetCapacity") as? Int == 100)
        guard case .createCapacityProvider(let request) = plane.submitted.first else { return }
        #expect(request.group == "web asg")
    }

    @Test(
        "refuse what is wrong, with ECS's words",
        arguments: [
            (#""name": "aws-x""#, #""autoScalingGroupArn": "g""#, "can't be prefixed with"),
            (#""name": "a b""#, #""autoScalingGroupArn": "g""#, "name is invalid"),
            (#""name": "x""#, #""autoScalingGroupArn": "arn:aws:ecs:a:b:c""#, "is not valid"),
            (#""name": "x""#, #""autoScalingGroupArn": "a%b""#, "is not valid"),
            (
                #""name": "x""#,
                #""autoScalingGroupArn": "g", "managedScaling": {"status": "ENABLED"}"#,
                "does not scale groups"
            ),
            (
                #""name": "x""#,
                #""autoScalingGroupArn": "g", "managedTerminationProtection": "ENABLED""#,
                "nothing to protect them from"
            ),
            (
                #""name": "x""#, #""autoScalingGroupArn": "g", "managedDraining": "ENABLED""#,
                "drains none"
            ),
        ])
    func refusals(name: String, group: String, part: String) async {
        let error = await API(FakeControlPlane()).refusal(
            "CreateCapacityProvider", "{\(name), \"autoScalingGroupProvider\": {\(group)}}")
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
    }

    @Test("are described by name, ARN or page")
    func describe() async throws {
        let api = API(
            .cluster(Fixture.cluster), .capacityProvider(Self.provider("red")),
            .capacityProvider(Self.provider("blue")))
        let all = try await api.call("DescribeCapacityProviders", #"{"maxResults": 1}"#)
        #expect(value(all, at: "capacityProviders.0.name") as? String == "blue")
        #expect(value(all, at: "capacityProviders.0.tags.0") == nil)
        let token = try #require(value(all, at: "nextToken") as? String)
        let rest = try await api.call("DescribeCapacityProviders", #"{"nextToken": "\#(token)"}"#)
        #expect(value(rest, at: "capacityProviders.0.name") as? String == "red")
        let named = try await api.call(
            "DescribeCapacityProviders",
            #"""
            {"capacityProviders": ["\#(Fixture.arns)capacity-provider/red", "gone"],
             "include": ["TAGS"]}
            """#)
        #expect(value(named, at: "capacityProviders.0.tags.0.key") as? String == "a")
        #expect(value(named, at: "failures.0.reason") as? String == "MISSING")
    }

    @Test(
        "make strategies that ECS would take",
        arguments: [
            (#"[{"capacityProvider": "red", "weight": 1, "base": 2}]"#, nil),
            (#"[{"capacityProvider": "red", "weight": 1001}]"#, "less than or equal to 1000"),
            (#"[{"capacityProvider": "red", "base": 100001}]"#, "less than or equal to 100000"),
            (#"[{"capacityProvider": "FARGATE", "weight": 1}]"#, "no capacity provider FARGATE"),
            (
                #"[{"capacityProvider": "a", "base": 1}, {"capacityProvider": "b", "base": 1}]"#,
                "Only one capacity provider"
            ),
            (#"[{"capacityProvider": "a"}, {"capacityProvider": "a"}]"#, "twice"),
        ] as [(String, String?)])
    func strategies(strategy: String, part: String?) async {
        var state = State()
        state.put(.cluster(Fixture.cluster), .taskDefinition(Fixture.definition()))
        let plane = FakeControlPlane(state) { _, _ throws(APIError) in .tasks([], failures: []) }
        let error = await API(plane).refusal(
            "RunTask", #"{"taskDefinition": "web:1", "capacityProviderStrategy": \#(strategy)}"#)
        if let part {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
        } else {
            #expect(error == nil)
            guard case .runTask(let request) = plane.submitted.first else { return }
            #expect(
                request.capacityProviderStrategy
                    == [CapacityProviderShare(provider: "red", weight: 1, base: 2)])
        }
        let both = await API(plane).refusal(
            "RunTask",
            #"""
            {"taskDefinition": "web:1", "launchType": "EC2", "capacityProviderStrategy":
              [{"capacityProvider": "red", "weight": 1}]}
            """#)
        #expect(
            both?.message == "Specifying both a launch type and capacity provider strategy is not "
                + "supported. Remove one and try again.")
    }
}
