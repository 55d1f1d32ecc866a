import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Events that came together")
struct BatchTests {
    @Test("are all applied before their services are looked at")
    func once() throws {
        let story = Story(workers: "a")
        try story.define("web")
        try story.serve("web", 1)
        story.pass(.seconds(5))
        var core = story.core
        var effects = EffectBuffer()
        let events = [3, 2].map { count in
            Event.command(
                story.nextCall(),
                .updateService(UpdateService(service: Story.service("web"), desiredCount: count)))
        }
        core.step(events, at: story.moment, into: &effects)
        #expect(effects.replies.count == 2)
        let made = effects.records.filter { if case .task = $0.change { true } else { false } }
        #expect(made.map(\.cause) == ["UpdateService"])
        #expect(effects.sends.count == 1)
    }

    @Test("leave what they would one after another, and what follows is put down to none of them")
    func reports() throws {
        let story = Story(workers: "a b c")
        try story.define("web")
        let service = try story.serve("web", 6)
        let tasks = story.state.liveTasks(of: service.id)
        let events = try tasks.map { task in
            let worker = story.workers.first { $0.instance == task.instance }
            return Event.report(
                story.nextCall(), try #require(worker?.session),
                [TaskReport(task: task.id, status: .running, containers: [])])
        }
        var (batch, single) = (story.core, story.core)
        var (effects, others) = (EffectBuffer(), EffectBuffer())
        batch.step(events, at: story.moment, into: &effects)
        for event in events { single.step(event, at: story.moment, into: &others) }
        #expect(batch.state.tasks == single.state.tasks)
        #expect(batch.state.services == single.state.services)
        #expect(effects.workerReplies.count == events.count)
        #expect(effects.records == others.records)
        #expect(batch.nextWake == single.nextWake)

        let scale = UpdateService(service: Story.service("web"), desiredCount: 7)
        effects = EffectBuffer()
        batch.step(
            [.command(story.nextCall(), .updateService(scale)), events[0]], at: story.moment,
            into: &effects)
        let made = effects.records.filter { if case .task = $0.change { true } else { false } }
        #expect(made.map(\.cause) == ["reconcile"])
    }
}
