import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Custom attributes")
struct AttributeTests {
    private static func target(
        _ story: Story, _ worker: String, _ name: String, _ value: String? = nil
    ) throws -> TargetedAttribute {
        TargetedAttribute(
            instance: try story.instance(worker).id, attribute: Attribute(name: name, value: value))
    }

    @Test("are put over a worker's own, kept when it comes back, and deleted")
    func life() throws {
        let story = Story()
        let worker = story.join(
            ToyWorker("a", attributes: [Attribute(name: "rack", value: "r1")]))
        let version = try story.instance("a").version
        try story.apply(
            .putAttributes(
                Story.cluster,
                [
                    try Self.target(story, "a", "rack", "r2"),
                    try Self.target(story, "a", "disk", "ssd"),
                ]))
        let put = [
            Attribute(name: "rack", value: "r2"), Attribute(name: "disk", value: "ssd"),
        ]
        #expect(try story.instance("a").attributes == put)
        #expect(try story.instance("a").version == version + 1)
        story.restartAgent(worker)
        story.join(worker)
        #expect(try story.instance("a").attributes == put)
        let gone = try story.apply(
            .deleteAttributes(
                Story.cluster,
                [
                    try Self.target(story, "a", "disk", "hdd"),
                    try Self.target(story, "a", "rack"), try Self.target(story, "a", "none"),
                ]))
        #expect(gone == .attributes([try Self.target(story, "a", "rack", "r2")]))
        #expect(
            try story.instance("a").attributes == [Attribute(name: "disk", value: "ssd")])
    }

    @Test("are ten for an instance at most, and nothing is done of a request that fails")
    func limits() throws {
        let story = Story(workers: "a b")
        for number in 1...10 {
            try story.apply(
                .putAttributes(Story.cluster, [try Self.target(story, "a", "n\(number)")]))
        }
        // One that is there already is changed.
        try story.apply(.putAttributes(Story.cluster, [try Self.target(story, "a", "n1", "x")]))
        let more = [
            try Self.target(story, "b", "m", "x"), try Self.target(story, "a", "n11", "x"),
        ]
        let id = try story.instance("a").id
        #expect(
            story.refusal(of: .putAttributes(Story.cluster, more))
                == "AttributeLimitExceededException: Container instance \(id) can have at most 10 "
                + "custom attributes; delete some with DeleteAttributes.")
        let unknown = TargetedAttribute(
            instance: InstanceID(high: 9, low: 9), attribute: Attribute(name: "x"))
        for command in [
            Command.putAttributes(Story.cluster, [more[0], unknown]),
            .deleteAttributes(Story.cluster, [unknown]),
        ] {
            #expect(
                story.refusal(of: command)
                    == "TargetNotFoundException: There is no container instance "
                    + "\(unknown.instance) in cluster default.")
        }
        #expect(try story.instance("b").attributes.isEmpty)
    }
}
