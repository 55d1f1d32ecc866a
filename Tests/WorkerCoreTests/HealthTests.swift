import Model
import Testing
import WorkerCore

@Suite("A worker tells how it is")
struct InstanceHealthTests {
    private func told(
        _ story: WorkerStory, number: UInt64 = 1, runtime: InstanceHealth.Finding = .init(),
        disk: InstanceHealth.Finding = .init()
    ) -> WorkerCore.Effect {
        .reportUsage(
            on: story.link,
            UsageReport(
                session: story.answer(session: 1).session, number: number, containers: [],
                health: InstanceHealth(runtime: runtime, disk: disk)))
    }

    @Test("when it was looked at, at once when something changes, and not again for a while")
    func changes() throws {
        let story = try WorkerStory.registered(assignments: [])
        story.when(.examined(runtime: nil, disk: nil))
        story.expect(told(story))
        story.when(.examined(runtime: nil, disk: nil))
        story.expectNothing()
        story.when(.examined(runtime: nil, disk: "12 MiB left"))
        story.expectSaid(.warning, "the disk is impaired")
        story.expect(told(story, disk: .init(fault: "12 MiB left")))
        // Other words for the same are no news.
        story.when(.examined(runtime: nil, disk: "11 MiB left"))
        story.expectNothing()
        story.when(.examined(runtime: nil, disk: nil))
        story.expectSaid(.info, "the disk is well again")
        story.expect(told(story))
    }

    @Test("as part of the newest measurement, which it leaves as it is")
    func measurement() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        let usage = ContainerUsage(task: spec.id, container: "main", cpu: 1, memory: 1)
        for number in 1...2 as ClosedRange<UInt64> {
            story.when(.measured([usage]))
            story.expect(
                .reportUsage(
                    on: story.link,
                    UsageReport(
                        session: story.answer(session: 1).session, number: number,
                        containers: [usage])))
        }
        story.when(.examined(runtime: nil, disk: nil))
        story.expect(told(story, number: 2))
    }

    @Test("to nobody while there is no session")
    func disconnected() throws {
        let story = try WorkerStory.registered(assignments: [])
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        story.when(.examined(runtime: nil, disk: nil))
        story.expectNothing()
    }
}
