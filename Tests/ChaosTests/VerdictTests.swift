import Chaos
import SimulationReport
import Testing

@Suite("A verdict")
struct VerdictTests {
    /// A service of six tasks that had these at these moments.
    private func seen(
        _ samples: [(time: Int64, running: Int)], lost: [String] = [],
        faults: [Evidence.Happened] = [
            .init(Fault(.killHost, "worker-1", for: 5_000), start: 1_000, end: 6_000)
        ],
        violation: String? = nil, restedAfter: Int64? = 100, left: [String] = [], stopped: Int = 2
    ) -> Evidence {
        var timeline = Timeline(start: 0, end: 20_000)
        var track = ServiceTrack(name: "web")
        track.samples = samples.map {
            .init(time: $0.time, running: $0.running, desired: 6, minimum: 6)
        }
        timeline.services = [track]
        timeline.lanes = lost.map { name in
            var lane = Lane(name: name)
            lane.bands = [.init(kind: .lost, start: 2_000, end: 6_000, label: "given up")]
            return lane
        }
        return Evidence(
            timeline: timeline, faults: faults, violation: violation, restedAfter: restedAfter,
            leftBehind: left, stopped: stopped)
    }

    private let strict: Tree = [
        "restored-within": "2s", "never-below": ["web": "4"], "lost": ["worker-1"],
        "stopped-at-most": "2",
    ]

    private func failed(_ evidence: Evidence) throws -> [String] {
        Verdict.all(on: try scenario(expect: strict), evidence).filter { !$0.isMet }
            .map(\.expectation)
    }

    @Test("A cluster that did all it should passes")
    func good() throws {
        let evidence = seen([(500, 6), (1_500, 4), (2_900, 6)], lost: ["worker-1"])
        #expect(try failed(evidence).isEmpty)
        #expect(
            Recovery.all(in: evidence) == [
                Recovery(
                    fault: Fault(.killHost, "worker-1", for: 5_000), service: "web", start: 1_000,
                    duration: 1_900)
            ])
    }

    @Test("Each thing that went wrong is named")
    func bad() throws {
        let whole: [(Int64, Int)] = [(500, 6), (1_500, 4), (2_900, 6)]
        #expect(
            try failed(seen(whole, lost: ["worker-1"], violation: "a task was placed twice"))
                == ["the history's invariants"])
        #expect(
            try failed(seen(whole, lost: ["worker-1"], restedAfter: nil))
                == ["all services whole after the faults"])
        #expect(
            try failed(seen(whole, lost: ["worker-1"], left: ["a container"]))
                == ["nothing left behind"])
        #expect(try failed(seen(whole, lost: ["worker-1"], stopped: 3)) == ["tasks that stopped"])
        #expect(try failed(seen(whole)) == ["workers declared lost"])
        #expect(
            try failed(seen(whole, lost: ["worker-1", "worker-2"])) == ["workers declared lost"])
        #expect(
            try failed(seen([(500, 6), (1_500, 4), (3_100, 6)], lost: ["worker-1"]))
                == ["services whole again after each fault"])
        #expect(
            try failed(seen([(500, 6), (1_500, 4)], lost: ["worker-1"]))
                == ["services whole again after each fault"])
        #expect(
            try failed(seen([(500, 6), (1_500, 3), (2_900, 6)], lost: ["worker-1"]))
                == ["tasks of web"])
    }

    @Test("A service must be whole again before the next fault")
    func overlapping() throws {
        let faults: [Evidence.Happened] = [
            .init(Fault(.killHost, "worker-1", for: 5_000), start: 1_000, end: 6_000),
            .init(Fault(.freeze, "worker-2", for: 1_000), start: 2_000, end: 3_000),
        ]
        let evidence = seen([(500, 6), (1_500, 4), (2_900, 6)], lost: ["worker-1"], faults: faults)
        #expect(Recovery.all(in: evidence).map(\.duration) == [nil, 900])
    }

    @Test("A service that is short again counts to the end of the last time")
    func again() {
        let evidence = seen([(500, 6), (1_500, 4), (2_000, 6), (4_000, 5), (9_000, 6)])
        #expect(Recovery.all(in: evidence).map(\.duration) == [8_000])
    }

    @Test("A service that only wants more tasks than before has lost nothing")
    func scaled() {
        var evidence = seen([(500, 6)])
        evidence.timeline.services[0].samples += [(4_000, 6), (5_000, 7), (6_000, 9)].map {
            .init(time: $0.0, running: $0.1, desired: 9, minimum: 9)
        }
        #expect(Recovery.all(in: evidence).isEmpty)
    }

    @Test("A fault that no service felt has no recovery")
    func unfelt() {
        #expect(Recovery.all(in: seen([(500, 6)])).isEmpty)
    }
}
