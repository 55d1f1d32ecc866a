import Model
import Testing
import WorkerCore

@Suite("A worker tells what its containers use")
struct UsageTests {
    private func usage(_ spec: TaskSpec) -> ContainerUsage {
        ContainerUsage(task: spec.id, container: "main", cpu: 250_000, memory: 1 << 20)
    }

    @Test("each measurement in a session, with numbers that grow; of its own tasks alone")
    func told() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        let session = story.answer(session: 1).session
        for number in 1...2 as ClosedRange<UInt64> {
            story.when(.measured([usage(spec), usage(task(99))]))
            story.expect(
                .reportUsage(
                    on: story.link,
                    UsageReport(session: session, number: number, containers: [usage(spec)])))
        }
        story.expectNothing()
    }

    @Test("nothing once, so that the manager forgets, and then no more")
    func nothing() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        let session = story.answer(session: 1).session
        try story.run(spec)
        story.when(.measured([]))
        story.expectNothing()
        story.when(.measured([usage(spec)]))
        story.expect(
            .reportUsage(
                on: story.link,
                UsageReport(session: session, number: 1, containers: [usage(spec)])))
        story.when(.measured([]))
        story.expect(
            .reportUsage(
                on: story.link, UsageReport(session: session, number: 2, containers: [])))
        story.when(.measured([]))
        story.expectNothing()
    }

    @Test("to nobody while there is no session")
    func disconnected() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        story.when(.measured([usage(spec)]))
        story.expectNothing()
    }
}
