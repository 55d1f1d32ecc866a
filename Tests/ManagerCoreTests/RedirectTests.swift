import ClusterState
import ManagerCore
import Model
import Testing

@Suite("Workers are sent to other managers")
struct RedirectTests {
    private func redirect(
        _ story: Story, _ worker: String?, to managers: [String], within: Int64 = 0
    ) throws(APIError) -> [String] {
        let request = RedirectWorkers(
            cluster: Story.cluster, worker: worker, managers: managers, within: within)
        guard case .instances(let told, missing: []) = try story.apply(.redirectWorkers(request))
        else { throw APIError(.server, "not instances") }
        return told.map(\.name)
    }

    @Test("One is told by its name or its instance's id, the others are not, nothing is recorded")
    func one() throws {
        let story = Story(workers: "a b")
        let revision = story.state.revision
        #expect(try redirect(story, "a", to: ["m2:4567"], within: 5_000) == ["a"])
        #expect(story["a"].redirects == [Redirect(manager: "m2:4567", within: 5_000)])
        let id = try story.instance("b").id
        #expect(try redirect(story, "\(id)", to: ["m3:4567"]) == ["b"])
        #expect(story["b"].redirects == [Redirect(manager: "m3:4567")])
        #expect(story["a"].redirects.count == 1)
        #expect(story.state.revision == revision)
    }

    @Test("All that listen are given to the managers in turn; who is away is not among them")
    func all() throws {
        let story = Story(workers: "a b c d e")
        story["c"].returns = false
        story.kill(story["c"])
        let told = try redirect(story, nil, to: ["m2:1", "m3:1"], within: 30_000)
        #expect(told.sorted() == ["a", "b", "d", "e"])
        #expect(story["c"].redirects.isEmpty)
        let places = told.compactMap { story[$0].redirects.first?.manager }
        #expect(places == ["m2:1", "m3:1", "m2:1", "m3:1"])
        #expect(told.allSatisfy { story[$0].redirects.count == 1 })
    }

    @Test("Who is unknown or away can't be sent anywhere, nor anybody to nowhere")
    func refused() throws {
        let story = Story(workers: "a b")
        story["b"].returns = false
        story.kill(story["b"])
        func refusal(_ worker: String?, _ managers: [String]) -> String {
            story.refusal(
                of: .redirectWorkers(
                    RedirectWorkers(cluster: Story.cluster, worker: worker, managers: managers)))
        }
        #expect(refusal("x", ["m2:1"]).contains("No worker of cluster default is called x"))
        #expect(refusal("b", ["m2:1"]).contains("Worker b is not connected"))
        #expect(refusal("a", []).contains("No manager is given"))
        #expect(story["a"].redirects.isEmpty)
    }

    @Test("A worker that goes is replaced here when its lease runs out, and not before")
    func goes() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(3))
        #expect(try story.places("web") == "a b")
        let session = try #require(story["a"].session)
        #expect(try redirect(story, "a", to: ["m2:1"]) == ["a"])
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b", "it was told and has not gone")
        // Its connection closes: it is somewhere else.
        story["a"].returns = false
        story["a"].connectionBroke()
        story.cut(session)
        story.pass(.milliseconds(900))
        #expect(try story.places("web") == "a b", "it may come back")
        story.pass(.seconds(1))
        #expect(try story.places("web") == "b b")
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("A worker that is not taken there and comes back within its lease has lost nothing")
    func comesBack() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(3))
        let session = try #require(story["a"].session)
        #expect(try redirect(story, "a", to: ["m2:1"]) == ["a"])
        story["a"].connectionBroke()
        story.cut(session)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b")
        #expect(try story.instance("a").agentConnected)
        #expect(story["a"].stops.isEmpty)
    }
}
