import ClusterState
import ManagerCore
import Model
import Testing

@Suite("A service")
struct ServiceTests {
    @Test("reaches its desired count, spread over the workers, and says so")
    func steady() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b c")
        #expect(
            try story.events("web") == [
                "has started 3 tasks: (task T) (task T) (task T).",
                "(deployment D) deployment completed.",
                "has reached a steady state.",
            ])
        #expect(try story.isSteady("web"))
    }
}
