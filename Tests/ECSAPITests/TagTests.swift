import Foundation
import Model
import Testing

@Suite("Tags")
struct TagTests {
    @Test(
        "are put on and taken off what a long ARN names",
        arguments: [
            (
                "cluster/default",
                TaggableReference.cluster(ClusterReference(region: "us-east-1", name: "default"))
            ),
            (
                "service/prod/web",
                .service(
                    ServiceReference(
                        cluster: ClusterReference(region: "us-east-1", name: "prod"), name: "web"))
            ),
            (
                "task/prod/\(Fixture.taskID)",
                .task(
                    TaskReference(
                        cluster: ClusterReference(region: "us-east-1", name: "prod"),
                        id: Fixture.task().id))
            ),
            (
                "container-instance/prod/\(Fixture.instanceID)",
                .instance(
                    InstanceReference(
                        cluster: ClusterReference(region: "us-east-1", name: "prod"),
                        id: Fixture.instance.id))
            ),
            (
                "task-set/default/web/ecs-svc/1234567890123456789",
                .taskSet(
                    ServiceReference(
                        cluster: ClusterReference(region: "us-east-1"), name: "web"),
                    DeploymentID(number: 1_234_567_890_123_456_789))
            ),
            (
                "task-definition/web:3",
                .taskDefinition(
                    TaskDefinitionReference(region: "us-east-1", family: "web", revision: 3))
            ),
        ])
    func references(_ resource: String, _ reference: TaggableReference) async throws {
        let plane = FakeControlPlane()
        let api = API(plane)
        let arn = Fixture.arns + resource
        let tagged = try await api.call(
            "TagResource", #"{"resourceArn": "\#(arn)", "tags": [{"key": "a", "value": "b"}]}"#)
        _ = try await api.call("UntagResource", #"{"resourceArn": "\#(arn)", "tagKeys": ["a"]}"#)
        #expect(tagged == canonical("{}"))
        #expect(
            plane.submitted == [
                .tag(reference, [Tag(key: "a", value: "b")]), .untag(reference, keys: ["a"]),
            ])
    }

    @Test(
        "are listed, none as an empty list",
        arguments: [
            ("cluster/default", #"{"tags": [{"key": "team", "value": "red"}]}"#),
            ("service/default/web", #"{"tags": []}"#),
            ("task/default/\(Fixture.taskID)", #"{"tags": []}"#),
            ("task-definition/web:1", #"{"tags": []}"#),
            ("container-instance/default/\(Fixture.instanceID)", #"{"tags": []}"#),
        ])
    func list(_ resource: String, _ tags: String) async throws {
        let answer = try await Fixture.api.call(
            "ListTagsForResource", #"{"resourceArn": "\#(Fixture.arns + resource)"}"#)
        #expect(answer == canonical(tags))
    }

    @Test(
        "need an ARN that names something",
        arguments: [
            ("service/web", "Long arn format must be used for tagging operations"),
            ("task/\(Fixture.taskID)", "Long arn format must be used for tagging operations"),
            ("service/default/gone", "The specified resource was not found."),
        ])
    func refusals(_ resource: String, _ fragment: String) async {
        let refusal = await Fixture.api.refusal(
            "ListTagsForResource", #"{"resourceArn": "\#(Fixture.arns + resource)"}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(refusal?.message.contains(fragment) == true)
    }

    @Test("that are more than fifty are refused")
    func tooMany() async {
        let tags = (0...50).map { #"{"key": "k\#($0)"}"# }.joined(separator: ",")
        let refusal = await Fixture.api.refusal(
            "TagResource",
            #"{"resourceArn": "\#(Fixture.arns)cluster/default", "tags": [\#(tags)]}"#)
        #expect(refusal?.message.contains("less than or equal to 50") == true)
    }
}
