import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Log groups that clients make")
struct LogGroupTests {
    private let web = KnownLogGroup(
        reference: LogGroupReference(region: "us-east-1", name: "/ecs/web"), namedSince: nil)

    private func group(_ story: Story) -> LogGroup? { story.state.logGroups[web.reference] }

    @Test("are kept with their tags and retention over a restart, and go when they are deleted")
    func kept() throws {
        let story = Story()
        try story.apply(.createLogGroup(web, tags: [Tag(key: "a", value: "1")]))
        #expect(
            story.refusal(of: .createLogGroup(web, tags: []))
                == "ResourceAlreadyExistsException: The specified log group already exists")
        try story.apply(.changeLogGroup(web, .retention(7)))
        try story.apply(.changeLogGroup(web, .tag([Tag(key: "b", value: "2")])))
        try story.apply(.changeLogGroup(web, .untag(keys: ["a"])))
        let revision = story.state.revision
        try story.apply(.changeLogGroup(web, .retention(7)))
        #expect(story.state.revision == revision, "what changes nothing is not written")
        story.restartManager()
        #expect(group(story)?.retentionInDays == 7)
        #expect(group(story)?.tags == [Tag(key: "b", value: "2")])
        try story.apply(.changeLogGroup(web, .retention(nil)))
        #expect(group(story)?.retentionInDays == nil)
        try story.apply(.deleteLogGroup(web))
        let gone = "ResourceNotFoundException: The specified log group does not exist."
        #expect(story.refusal(of: .deleteLogGroup(web)) == gone)
        #expect(story.refusal(of: .changeLogGroup(web, .retention(1))) == gone)
    }

    @Test("one made again remembers until when its output is not shown")
    func again() throws {
        let story = Story()
        try story.apply(.createLogGroup(web, tags: []))
        story.pass(.seconds(1))
        try story.apply(.deleteLogGroup(web))
        let deletedAt = try #require(group(story)?.deletedAt)
        story.pass(.seconds(1))
        try story.apply(.createLogGroup(web, tags: []))
        let made = try #require(group(story))
        #expect(!made.isDeleted && made.deletedAt == deletedAt && made.createdAt > deletedAt)
    }

    @Test("one that definitions name is kept once it is changed; a name from before does not count")
    func named() throws {
        let story = Story()
        story.pass(.seconds(1))
        var named = web
        named.namedSince = story.moment.wall
        story.pass(.seconds(1))
        try story.apply(.changeLogGroup(named, .retention(3)))
        #expect(group(story)?.createdAt == named.namedSince)
        try story.apply(.deleteLogGroup(named))
        #expect(story.refusal(of: .deleteLogGroup(named)).contains("does not exist"))
        story.pass(.seconds(1))
        named.namedSince = story.moment.wall
        try story.apply(.deleteLogGroup(named))
        #expect(group(story)?.isDeleted == true)
    }

    @Test("has no more tags than AWS allows")
    func tags() throws {
        let story = Story()
        let tags = (0..<50).map { Tag(key: "\($0)", value: "") }
        let tooMany = Command.createLogGroup(web, tags: tags + [Tag(key: "more", value: "")])
        #expect(story.refusal(of: tooMany).hasPrefix("TooManyTagsException: "))
        #expect(group(story) == nil)
        try story.apply(.createLogGroup(web, tags: tags))
        let more = Command.changeLogGroup(web, .tag([Tag(key: "more", value: "")]))
        #expect(story.refusal(of: more).hasPrefix("TooManyTagsException: "))
        #expect(group(story)?.tags == tags)
    }

    @Test("the mark that is the oldest makes room; groups themselves never do")
    func room() throws {
        let story = Story()
        func group(_ number: Int) -> KnownLogGroup {
            KnownLogGroup(
                reference: LogGroupReference(region: "us-east-1", name: "\(number)"),
                namedSince: nil)
        }
        let most = ManagerSettings.logGroupsMaximum
        for number in 0..<most { try story.apply(.createLogGroup(group(number), tags: [])) }
        #expect(
            story.refusal(of: .createLogGroup(web, tags: [])).hasPrefix("LimitExceededException"))
        try story.apply(.deleteLogGroup(group(7)))
        story.pass(.seconds(1))
        try story.apply(.deleteLogGroup(group(3)))
        try story.apply(.createLogGroup(web, tags: []))
        #expect(story.state.logGroups.count == most)
        #expect(story.state.logGroups[group(7).reference] == nil)
        #expect(story.state.logGroups[group(3).reference]?.isDeleted == true)
    }
}
