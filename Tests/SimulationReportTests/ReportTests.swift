import ManagerCore
import Model
import Testing

@testable import Simulation
@testable import SimulationReport

/// A small run of the simulator, measured.
func smallRun(seed: UInt64, faults: [FaultKind]) -> (report: RunReport, timeline: Timeline) {
    var plan = Plan(seed: seed, workers: 4)
    plan.isBusy = false
    plan.shelters = false
    plan.settings = ManagerSettings()
    for index in plan.hosts.indices {
        plan.hosts[index].cpu = 512
        plan.hosts[index].memory = 512
    }
    plan.definitions = [
        RegisterTaskDefinition(
            region: Plan.region, family: "web",
            containers: [ContainerDefinition(name: "web", image: "web", cpu: 64, memory: 64)])
    ]
    plan.services = [
        CreateService(
            service: ServiceReference(cluster: Plan.cluster, name: "web"),
            taskDefinition: TaskDefinitionReference(region: Plan.region, family: "web"),
            desiredCount: 4, placementStrategy: [.spread("instanceId")])
    ]
    plan.faultTime = 120_000
    plan.faults = FaultSet(faults)
    var recorder = Recorder()
    let outcome = Simulation.run(plan) { recorder.take($0, at: $1) }
    let timeline = recorder.timeline(end: outcome.time)
    return (
        RunReport(outcome, Availability(timeline), replay: "muster simulate --seed \(seed)"),
        timeline
    )
}

@Suite("Reports of runs")
struct ReportTests {
    @Test("A run without faults is whole")
    func calm() {
        let (run, _) = smallRun(seed: 1, faults: [])
        #expect(run.violation == nil && run.share == 1 && run.brokeFirst == "nothing")
        let text = ReportText.render(run)
        #expect(text.contains("host losses   none took a task of a service"))
        #expect(text.contains("invariants    all held"))
        #expect(text.contains("replay        muster simulate --seed 1"))
    }

    @Test("Watching changes nothing of a run")
    func watching() {
        let plan = Plan(seed: 5, workers: 4, minutes: 6)
        let watched = Simulation.run(plan) { _, _ in }
        #expect(Simulation.run(plan).digest == watched.digest)
    }

    @Test("Hosts that lose power cost availability, and are recovered from")
    func powerLoss() {
        let (run, _) = smallRun(seed: 7, faults: [.powerLoss])
        #expect(run.violation == nil && run.share < 1)
        #expect(!run.availability.recoveries.isEmpty)
        #expect(run.brokeFirst.contains("lost power"))
    }

    @Test("The worst seed is named, with the command that gives it again")
    func batch() throws {
        let runs = [
            smallRun(seed: 3, faults: []).report, smallRun(seed: 7, faults: [.powerLoss]).report,
        ]
        let batch = try #require(BatchReport(runs))
        #expect(batch.worst.seed == 7 && batch.runs.map(\.seed) == [3, 7])
        let text = ReportText.render(batch)
        #expect(text.hasPrefix("2 seeds"))
        #expect(text.contains("worst seed    7:"))
        #expect(text.contains("all held in every run"))
        #expect(text.contains("muster simulate --seed 7"))
        #expect(BatchReport([]) == nil)
    }

    @Test("A broken invariant comes before all else")
    func violation() throws {
        var broken = smallRun(seed: 3, faults: []).report
        broken.violation = .init(invariant: "a task never moves", text: "task 1")
        broken.violatedAt = 61_000
        let sound = smallRun(seed: 7, faults: [.powerLoss]).report
        #expect(broken.isWorse(than: sound) && !sound.isWorse(than: broken))
        let batch = try #require(BatchReport([sound, broken]))
        let text = ReportText.render(batch)
        #expect(text.contains("BROKEN in seeds 3"))
        #expect(broken.brokeFirst == "an invariant at 1:01: a task never moves: task 1")
    }

    @Test("A history is told, whole or with its beginning gone")
    func history() {
        let timeline = Story.begun().recorder.timeline(end: 60_000)
        let whole = HistoryReport(records: 5, first: 1, violation: nil, timeline: timeline)
        #expect(ReportText.render(whole).contains("All 5 kinds of invariant held."))
        let cut = HistoryReport(records: 5, first: 7, violation: nil, timeline: timeline)
        #expect(ReportText.render(cut).contains("first 6 records are no longer kept"))
        let empty = HistoryReport(records: 0, first: 1, violation: nil, timeline: timeline)
        #expect(ReportText.render(empty).contains("nothing to check"))
    }
}
