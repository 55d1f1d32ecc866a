import ClusterState
import Manager
import Model
import Testing

@Suite("The state that readers see")
struct PublishedStateTests {
    private func record(_ revision: UInt64) -> ChangeRecord {
        ChangeRecord(
            revision: revision, time: WallTime(milliseconds: 0), cause: "test",
            change: .removeTask(TaskID(high: 0, low: revision)))
    }

    @Test("is the one that was published last, and what a reader holds stays as it was")
    func newest() {
        var state = ClusterState()
        let published = PublishedState(state)
        let first = published.value
        for revision in 1...(4 * UInt64(PublishedState.waitingMaximum)) {
            state.apply(record(revision))
            published.publish(state)
            #expect(published.value.revision == revision)
        }
        #expect(first.revision == 0)
    }
}
