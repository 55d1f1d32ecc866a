import Chaos
import Testing

@Suite("A schedule")
struct ScheduleTests {
    @Test("Each fault begins and ends; at one moment what ends comes first")
    func order() throws {
        let schedule = Schedule(
            try scenario([
                ["at": "3s", "freeze": "worker-1", "for": "1s"],
                ["at": "1s", "kill-host": "worker-2", "for": "2s"],
                ["at": "3s", "redeploy": "web"],
                ["at": "2s", "crash-container": "worker-3"],
            ]), seed: 1)
        let frozen = Fault(.freeze, "worker-1", for: 1_000)
        let killed = Fault(.killHost, "worker-2", for: 2_000)
        #expect(
            schedule.entries == [
                .init(at: 1_000, event: .begin(killed)),
                .init(at: 2_000, event: .begin(Fault(.crashContainer, "worker-3", for: 0))),
                .init(at: 3_000, event: .end(killed)),
                .init(at: 3_000, event: .begin(frozen)),
                .init(at: 3_000, event: .change(.redeploy(service: "web"))),
                .init(at: 4_000, event: .end(frozen)),
            ])
        #expect(schedule.length == 4_000)
        #expect(schedule.faults == 3)
    }

    @Test("A seed draws the same faults each time, one after another, within their bounds")
    func drawn() throws {
        let scenario = try scenario(draw: [
            "kinds": ["freeze", "kill-manager", "delay"], "every": "2s", "for": "1s..3s",
            "until": "60s",
        ])
        let schedule = Schedule(scenario, seed: 7)
        #expect(schedule == Schedule(scenario, seed: 7))
        #expect(schedule != Schedule(scenario, seed: 8))
        #expect(schedule.faults > 5)
        var openFault: Fault?
        for entry in schedule.entries {
            switch entry.event {
            case .begin(let fault):
                #expect(openFault == nil)
                #expect((1_000...3_000).contains(fault.duration))
                #expect(
                    fault.target == Fault.manager || scenario.cluster.names.contains(fault.target))
                #expect(entry.at < 60_000)
                openFault = fault
            case .end(let fault):
                #expect(openFault == fault)
                openFault = nil
            case .change: Issue.record("no operator was asked for")
            }
        }
    }
}
