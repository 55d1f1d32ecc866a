import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Account settings and clusters' own")
struct AccountSettingTests {
    private func put(
        _ value: String, of name: String = "containerInsights", for principal: String = "root"
    ) -> Command {
        .putAccountSetting(
            AccountSetting(
                key: AccountSetting.Key(
                    region: "us-east-1", principal: "arn:aws:iam::000000000000:\(principal)",
                    name: name), value: value))
    }

    private func insights(_ name: String, _ story: Story) -> String? {
        story.state.cluster(ClusterReference(region: "us-east-1", name: name))?.settings
            .first { $0.name == "containerInsights" }?.value
    }

    private func create(_ name: String, _ settings: [Cluster.Setting] = []) -> Command {
        .createCluster(
            CreateCluster(
                cluster: ClusterReference(region: "us-east-1", name: name), settings: settings))
    }

    @Test("containerInsights of the root is that of new clusters, a worker's too")
    func insights() throws {
        let story = Story()
        try story.apply(create("before"))
        try story.apply(put("disabled", for: "user/ann"))
        try story.apply(put("enhanced"))
        try story.apply(create("after"))
        try story.apply(
            create("own", [Cluster.Setting(name: "containerInsights", value: "enabled")]))
        story.join(ToyWorker("a"))
        #expect(insights("before", story) == nil)
        #expect(insights("after", story) == "enhanced")
        #expect(insights("own", story) == "enabled")
        #expect(insights("default", story) == "enhanced")
    }

    @Test("they outlive the manager, and go when they are deleted")
    func kept() throws {
        let story = Story()
        try story.apply(put("enabled"))
        let revision = story.state.revision
        try story.apply(put("enabled"))
        #expect(story.state.revision == revision, "what changes nothing is not written")
        story.restartManager()
        let setting = try #require(story.state.accountSettings.values.first)
        #expect(setting.value == "enabled")
        #expect(try story.apply(.deleteAccountSetting(setting.key)) == .accountSetting(setting))
        #expect(try story.apply(.deleteAccountSetting(setting.key)) == .done)
        #expect(story.state.accountSettings.isEmpty)
    }

    @Test("UpdateCluster changes the settings it names and leaves the others")
    func updateCluster() throws {
        let story = Story()
        let reference = ClusterReference(region: "us-east-1", name: "prod")
        try story.apply(create("prod", [Cluster.Setting(name: "muster:failover", value: "aws")]))
        try story.apply(
            .updateCluster(
                UpdateCluster(
                    cluster: reference,
                    settings: [Cluster.Setting(name: "containerInsights", value: "enabled")],
                    document: Document(json: "{\"a\":1}"))))
        let cluster = try #require(story.state.cluster(reference))
        #expect(cluster.failover == .aws && insights("prod", story) == "enabled")
        #expect(cluster.document.json == "{\"a\":1}")
        try story.apply(
            .updateCluster(
                UpdateCluster(
                    cluster: reference,
                    settings: [Cluster.Setting(name: "muster:failover", value: "muster")])))
        #expect(story.state.cluster(reference)?.failover == .muster)
        #expect(story.state.cluster(reference)?.document.json == "{\"a\":1}")
        #expect(
            story.refusal(
                of: .updateCluster(
                    UpdateCluster(cluster: ClusterReference(region: "us-east-1", name: "gone"))))
                == "ClusterNotFoundException: Cluster not found.")
    }

    @Test("deleted definitions: only INACTIVE ones; their tasks go on")
    func deleteDefinitions() throws {
        let story = Story(workers: "a")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        let reference = Story.definition("web", 1)
        func delete() throws -> ([TaskDefinition], [TaskDefinitionFailure]) {
            let both = [reference, Story.definition("web", 7)]
            guard
                case .taskDefinitions(let deleted, let failures) = try story.apply(
                    .deleteTaskDefinitions(both))
            else { return ([], []) }
            return (deleted, failures)
        }
        #expect(try delete().0.isEmpty && delete().1.count == 2)
        try story.apply(.deregisterTaskDefinition(reference))
        let (deleted, failures) = try delete()
        #expect(deleted.first?.status == .deleteInProgress && failures.count == 1)
        #expect(deleted.first?.deleteRequestedAt != nil)
        #expect(try delete().0 == deleted, "again is the same")
        try story.update("web", count: 3)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a a")
        #expect(try story.define("web").key.revision == 2)
    }
}
