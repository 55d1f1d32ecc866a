import Advice
import Model
import Testing
import TownSupport

@testable import muster

/// Five situations as a person meets them, and what muster explain and muster plan say of each.
@Suite("Five situations")
struct SituationTests {
    private func expect(
        _ text: String, has lines: [String], _ location: SourceLocation = #_sourceLocation
    ) {
        for line in lines {
            #expect(text.contains(line), "no '\(line)' in:\n\(text)", sourceLocation: location)
        }
    }

    private func explain(_ town: Town, _ name: String) throws -> String {
        ExplanationText.render(try town.explain(name))
    }

    @Test("1. A service has fewer tasks than it should: no worker has room")
    func noRoom() throws {
        let town = try Town("worker-1 worker-2")
        try town.serve("api", 3, cpu: 700)
        expect(
            try explain(town, "api"),
            has: [
                "service api in cluster town (us-east-1)\n",
                "  verdict     NO_ROOM: 1 task is missing: of 2 instances none can take another.",
                "  would help  376 more CPU units on worker-",
                "  next try    as soon as an instance comes or changes, or a task of the cluster",
                "  tasks       2 running and 0 pending of 3, 0 stopping",
                "  instances   2 looked at, 0 fit; removed: 2 RESOURCE:CPU",
                "700 CPU units are needed and 324 are free. 376 are missing.",
            ])
        let plan = ForecastText.render(try town.plan(Town.update("api", count: 2)))
        expect(plan, has: ["verdict     FINISHES", "2 of 2 of api:1, COMPLETED"])
    }

    @Test("2. A deployment hangs: with three tasks, 125 percent allow none more")
    func deadlock() throws {
        let town = try Town("worker-1 worker-2")
        try town.serve("web", 3, min: 100, max: 125)
        let plan = ForecastText.render(try town.plan(Town.update("web", force: true)))
        expect(
            plan,
            has: [
                "plan: UpdateService in cluster town (us-east-1); nothing was changed\n",
                "  verdict     BLOCKED: service web: At most 3 tasks may be there and 3 are, so "
                    + "none may start;",
                "  would help  a maximumPercent of 134 or more (service web)",
                "  would help  a minimumHealthyPercent of 66 or less (service web)",
            ])
        try town.ask(Town.update("web", force: true))
        expect(
            try explain(town, "web"),
            has: ["  verdict     BLOCKED: At most 3", "100-125 %: at least 3 healthy, at most 3"])
    }

    @Test("3. A new revision crashes: what its tasks say, and when it is tried again")
    func crash() throws {
        let town = try Town("worker-1 worker-2")
        try town.ask(Town.definition("job"))
        try town.ask(Town.create("job", 1, breaker: .init(enable: true, rollback: false)))
        for _ in 0..<2 {
            town.pass(.seconds(10))
            for task in try town.tasks("job") where task.lastStatus != .stopped {
                town.report(task, .stopped, code: 7, ran: .essentialContainerExited)
            }
        }
        let text = try explain(town, "job")
        expect(
            text,
            has: [
                "verdict     THROTTLED: 1 task is to be started, and launches are delayed",
                "next try    when the delay is over, in 1 s", "2 of 3", "exit 7",
            ])
        let task = try #require(try town.tasks("job").first)
        expect(
            try explain(town, "\(task.id)"),
            has: [
                "why stopped\n  A container that it can't be without ended: app with code 7.",
                "  code        EssentialContainerExited", "  followed    Its service job has",
            ])
    }

    @Test("4. A host is to be taken away: what moves, how long it takes, what stays")
    func drain() throws {
        let town = try Town("worker-1 worker-2 worker-3")
        try town.serve("web", 3)
        try town.ask(Town.definition("batch"))
        try town.ask(Town.run("batch", 3, strategy: [.spread("instanceId")]))
        town.settle()
        let forecast = try town.plan(
            try town.drain("worker-2"), pace: .init(start: .seconds(20), stop: .seconds(8)))
        expect(
            ForecastText.render(forecast),
            has: [
                "verdict     TASKS_STAY: 1 task left on what is drained, 1 started by no service",
                "goes on for 30s, with tasks that need 20s to start and 8s to stop",
                "peak        7 tasks, 1792 of 3072 (58 %) CPU units",
                "  +0s   start 1    web:1", "  +20s  1 RUNNING  web:1", "  +22s  stop 1     web:1",
                "  +30s  1 STOPPED  web:1", "never fewer than 3 run",
            ])
    }

    @Test("5. A worker was lost: why a task is where it is, and why another is gone")
    func lost() throws {
        let town = try Town("worker-1 worker-2 worker-3")
        try town.serve("web", 3)
        let gone = try #require(
            try town.tasks("web").first { $0.instance == town.instance("worker-1")?.id })
        town.lose("worker-1")
        town.settle()
        expect(
            try explain(town, "\(gone.id)"),
            has: [
                "status      STOPPED, on worker-1",
                "why stopped\n  Its container instance worker-1 was lost or ended it.",
                "was lost: its agent went silent", "Its service web has started 1 since.",
            ])
        let next = try #require(
            try town.tasks("web").filter { $0.lastStatus == .running }
                .max { $0.createdAt < $1.createdAt })
        expect(
            try explain(town, String("\(next.id)".prefix(8))),
            has: [
                "why here\n  As things are now, and not as they were when it was placed:",
                "instances   3 looked at, 2 fit; removed: 1 AGENT",
                "lacks       worker-1: AGENT: The agent of the container instance is not",
            ])
    }

    @Test("times are short to read")
    func times() {
        #expect(ForecastText.seconds(9_000) == "9s" && ForecastText.seconds(1_520) == "1.5s")
        #expect(ForecastText.seconds(125_000) == "2m 5s")
        #expect(ForecastText.seconds(180_000) == "3m" && ForecastText.seconds(0) == "0s")
    }

    @Test("as JSON it has the members that programs look for")
    func json() throws {
        let town = try Town("a")
        try town.serve("api", 3, cpu: 700)
        let explanation = try Terminal.json(try town.explain("api"))
        expect(
            explanation,
            has: [
                #""verdict" : "NO_ROOM""#, #""missing" : 376"#, #""reason" : "RESOURCE:CPU""#,
                #""basis" : "now""#, #""cluster" : "town""#,
            ])
        let forecast = try Terminal.json(try town.plan(Town.update("api", count: 1)))
        expect(
            forecast,
            has: [
                #""verdict" : "FINISHES""#, #""startMilliseconds" : 5000"#,
                #""change" : ["#, #""peak" : {"#,
            ])
    }
}
