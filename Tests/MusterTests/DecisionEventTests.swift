import ClusterState
import ECSAPI
import Foundation
import Model
import QueryLanguage
import Testing
import TownSupport

/// Service events are read from the words that the core says: here it says them.
@Suite("Events of the core's decisions")
struct DecisionEventTests {
    /// `NAME` or `NAME: REASON` of each event of a service that the changes are worth.
    private func names(_ town: Town) -> [String] {
        struct Event: Decodable {
            var detail: Detail

            struct Detail: Decodable {
                var eventName: String?
                var reason: String?
            }
        }
        var maker = EventMaker(account: "123456789012", state: ClusterState())
        return town.records.flatMap { maker.take($0) }.compactMap { event in
            let detail = try? JSONDecoder().decode(Event.self, from: Data(event.json)).detail
            guard let name = detail?.eventName else { return nil }
            let reason = event.kind == .service ? detail?.reason : nil
            return name + (reason.map { ": \($0)" } ?? "")
        }
    }

    @Test("A service comes to stand")
    func steady() throws {
        let town = try Town("worker-1 worker-2")
        try town.serve("web", 3)
        #expect(
            names(town) == [
                "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED",
                "SERVICE_STEADY_STATE",
            ])
    }

    @Test("Tasks that never start")
    func failing() throws {
        let town = try Town("worker-1")
        try town.ask(Town.definition("job"))
        try town.ask(Town.create("job", 1, breaker: .init(enable: true, rollback: false)))
        for _ in 0..<3 {
            town.pass(.seconds(60))
            for task in try town.tasks("job") where task.lastStatus != .stopped {
                town.report(task, .stopped, code: 7, ran: .essentialContainerExited)
            }
        }
        let names = names(town)
        #expect(names.contains("SERVICE_TASK_START_IMPAIRED"))
        #expect(names.last == "SERVICE_DEPLOYMENT_FAILED")
    }

    @Test(
        "No place, for each reason",
        arguments: [
            ("RESOURCE:CPU", Town.definition("web", cpu: 5_000)),
            ("RESOURCE:MEMORY", Town.definition("web", memory: 5_000)),
            ("RESOURCE:PORTS", Town.definition("web", ports: [8_080])),
            ("ATTRIBUTE", Town.definition("web", attributes: [Attribute(name: "x")])),
            (
                "distinctInstance placement constraint unsatisfied",
                Town.definition("web", constraints: [.distinctInstance])
            ),
            (
                "MemberOf placement constraint unsatisfied",
                Town.definition(
                    "web", constraints: [.memberOf(try ClusterQuery("ec2InstanceId == other"))])
            ),
        ])
    func nowhere(reason: String, definition: Command) throws {
        let town = try Town("worker-1")
        try town.ask(definition)
        try town.ask(Town.create("web", 2))
        town.settle()
        #expect(names(town).contains("SERVICE_TASK_PLACEMENT_FAILURE: \(reason)"))
    }

    @Test("No place, since there is no instance that could take it")
    func noInstance() throws {
        for (reason, spoil) in [
            ("NO ACTIVE INSTANCES", { _ in }),
            ("INACTIVE", { town in try town.ask(try town.drain("worker-1")) }),
            ("AGENT", { town in town.lose("worker-1") }),
        ] as [(String, (Town) throws -> Void)] {
            let town = try Town(reason == "NO ACTIVE INSTANCES" ? "" : "worker-1")
            try spoil(town)
            try town.ask(Town.definition("web"))
            try town.ask(Town.create("web", 1))
            town.settle()
            #expect(
                names(town).contains("SERVICE_TASK_PLACEMENT_FAILURE: \(reason)"), "\(reason)")
        }
    }
}
