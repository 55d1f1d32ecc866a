import Chaos
import Testing

@Suite("The text of a scenario")
struct ScenarioTextTests {
    @Test("A scenario says the cluster, what runs, what goes wrong and what must hold")
    func whole() throws {
        let read = try Scenario([
            "name": "a host is lost", "about": "It dies.",
            "cluster": ["workers": "4", "cpu": "1024", "memory": "512"],
            "services": [
                ["name": "web", "count": "8", "minimum-percent": "50", "definition": "web.json"]
            ],
            "schedule": [
                ["at": "1s", "kill-host": "worker-4", "for": "1m30s"],
                ["at": "2s", "partition": "worker-1", "direction": "to-manager", "for": "500ms"],
                ["at": "3s", "delay": "worker-2", "by": "20ms", "for": "1s"],
                ["at": "4s", "kill-manager": "manager", "for": "1s"],
                ["at": "5s", "crash-container": "worker-1"],
                ["at": "6s", "scale": "web", "to": "3"],
            ],
            "expect": [
                "restored-within": "2500ms", "never-below": ["web": "4"], "lost": ["worker-4"],
                "stopped-at-most": "3",
            ],
            "rest-within": "1m",
        ])
        #expect(read.cluster.names == ["worker-1", "worker-2", "worker-3", "worker-4"])
        #expect(read.services.first?.definition == "web.json")
        #expect(read.services.first?.minimumPercent == 50)
        #expect(
            read.steps.map { "\($0.at) \($0.action)" } == [
                "1000 kill-host worker-4", "2000 partition worker-1 to-manager",
                "3000 delay worker-2 by 20ms", "4000 kill-manager",
                "5000 crash-container worker-1", "6000 scale web to 3",
            ])
        #expect(read.steps.first?.action == .fault(Fault(.killHost, "worker-4", for: 90_000)))
        #expect(read.expected.restoredWithin == 2_500)
        #expect(read.expected.neverBelow == ["web": 4])
        #expect(read.expected.lost == ["worker-4"])
        #expect(read.expected.stoppedAtMost == 3)
        #expect(read.restWithin == 60_000)
        #expect(read.patient(4).expected.restoredWithin == 10_000)
    }

    static let wrong: [(step: Tree, place: String)] = [
        (["at": "1s", "kill-host": "worker-4", "for": "1s"], "schedule[0].kill-host"),
        (["at": "1s", "kill-host": "worker-1"], "schedule[0].for"),
        (["kill-host": "worker-1", "for": "1s"], "schedule[0].at"),
        (["at": "soon", "kill-host": "worker-1", "for": "1s"], "schedule[0].at"),
        (["at": "1s", "explode": "worker-1", "for": "1s"], "schedule[0]"),
        (["at": "1s"], "schedule[0]"),
        (["at": "1s", "freeze": "worker-1", "drain": "worker-1", "for": "1s"], "schedule[0]"),
        (["at": "1s", "freeze": "worker-1", "for": "1s", "by": "1s"], "schedule[0].by"),
        (["at": "1s", "crash-container": "worker-1", "for": "1s"], "schedule[0].for"),
        (["at": "1s", "kill-manager": "worker-1", "for": "1s"], "schedule[0].kill-manager"),
        (
            ["at": "1s", "partition": "worker-1", "direction": "up", "for": "1s"],
            "schedule[0].direction"
        ),
        (["at": "1s", "delay": "worker-1", "for": "1s"], "schedule[0].by"),
        (["at": "1s", "redeploy": "api"], "schedule[0].redeploy"),
        (["at": "1s", "scale": "web"], "schedule[0].to"),
        (["at": "1s", "at": "2s", "redeploy": "web"], "schedule[0]"),
        (["at": "1s", "freeze": "worker-1", "for": "0s"], "schedule[0].for"),
    ]

    @Test("What makes no sense is refused with its place", arguments: wrong)
    func refused(_ step: Tree, _ place: String) {
        #expect {
            _ = try scenario([step])
        } throws: {
            ($0 as? ScenarioFault)?.place == place
        }
    }

    @Test("Of two faults of one target at a time the first to end would end both")
    func overlapping() throws {
        let first: Tree = ["at": "1s", "freeze": "worker-1", "for": "2s"]
        #expect(throws: ScenarioFault.self) {
            try scenario([first, ["at": "2s", "delay": "worker-1", "by": "1s", "for": "1s"]])
        }
        _ = try scenario([first, ["at": "2s", "freeze": "worker-2", "for": "1s"]])
        _ = try scenario([first, ["at": "3s", "freeze": "worker-1", "for": "1s"]])
        #expect(throws: ScenarioFault.self) {
            try scenario(
                [first], draw: ["kinds": ["freeze"], "every": "1s", "for": "1s", "until": "9s"])
        }
        #expect(throws: ScenarioFault.self) {
            try scenario(draw: ["kinds": ["freeze"], "every": "0s", "for": "1s", "until": "9s"])
        }
    }

    @Test("Expectations are about what is in the scenario")
    func strangers() {
        #expect(throws: ScenarioFault.self) { try scenario(expect: ["lost": ["worker-9"]]) }
        #expect(throws: ScenarioFault.self) { try scenario(expect: ["never-below": ["api": "1"]]) }
        #expect(throws: ScenarioFault.self) { try scenario(expect: ["lost": "worker-1"]) }
        #expect(throws: ScenarioFault.self) {
            try scenario(
                draw: ["kinds": ["rain"], "every": "1s", "for": "1s", "until": "9s"])
        }
        #expect(throws: ScenarioFault.self) {
            try scenario(
                draw: ["kinds": ["freeze"], "every": "1s", "for": "2s..1s", "until": "9s"])
        }
    }
}
