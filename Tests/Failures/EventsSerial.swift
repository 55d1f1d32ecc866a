import Foundation
import ProcessSupport
import Testing

/// Events of a real manager and real workers: as a stream, and to a webhook whose receiver fails.
@Suite("Events out", .serialized, .timeLimit(.minutes(3)))
struct EventsSerial {
    @Test("muster events shows a task's life, and what ECS clients look for is in it")
    func stream() async throws {
        try await withCluster(workers: 1) { cluster in
            let log = cluster.folder.appendingPathComponent("events.log")
            let follower = try ChildProcess(
                Programs.muster,
                [
                    "events", "--follow", "--json", "--since", "1m", "--api",
                    "http://127.0.0.1:\(cluster.apiPort)",
                ], log: log)
            defer { follower.signal(SIGTERM) }
            try await service(cluster, count: 1)
            try await eventually(within: .seconds(30), "the service is steady") {
                let events = try Self.events(follower.output)
                return events.contains { $0["detail"]["eventName"] == "SERVICE_STEADY_STATE" }
                    ? true : nil
            }
            // The same stream over a restart of the manager.
            try await cluster.killManager()
            try await cluster.startManager()
            try await cluster.client.call("UpdateService", ["service": "web", "desiredCount": 0])
            let events = try await eventually(within: .seconds(30), "the task has stopped") {
                let events = try Self.events(follower.output)
                return events.contains { $0["detail"]["lastStatus"] == "STOPPED" } ? events : nil
            }
            expectWhole(events)
            let names = events.map { $0["detail"]["eventName"].string }.filter { !$0.isEmpty }
            #expect(names.contains("SERVICE_DEPLOYMENT_IN_PROGRESS"))
            #expect(names.contains("SERVICE_DEPLOYMENT_COMPLETED"))
            let statuses = events.filter { $0["detail-type"] == "ECS Task State Change" }
                .map { $0["detail"]["lastStatus"].string }
            #expect(statuses.first == "PENDING" && statuses.contains("RUNNING"))

            let (code, text) = try await cluster.muster("events", "--since", "5m", "--type", "task")
            #expect(code == 0)
            #expect(text.split(separator: "\n").count == statuses.count)
            #expect(text.contains("RUNNING") && text.contains("service:web"))
        }
    }

    @Test("What finds no place is an event with the reason")
    func placementFailure() async throws {
        try await withCluster(workers: 1) { cluster in
            try await service(cluster, count: 1, cpu: 100_000)
            try await eventually(within: .seconds(30), "the event") {
                let (_, text) = try await cluster.muster("events", "--type", "service", "--json")
                let failure = try Self.events(text).first {
                    $0["detail"]["eventName"] == "SERVICE_TASK_PLACEMENT_FAILURE"
                }
                return failure?["detail"]["reason"] == "RESOURCE:CPU" ? true : nil
            }
        }
    }

    @Test("A receiver that fails, hangs and is down for a while gets every event, over kill -9")
    func webhook() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-receiver-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let receiver = try WebhookReceiver(in: folder)
        let url = "http://127.0.0.1:\(receiver.port)/hook?key=s3cret"
        try await withCluster(managerArguments: ["--events-webhook", url], workers: 1) { cluster in
            // First it is away; then it fails in every way it can; then it is killed.
            try await service(cluster, count: 2)
            let first = try receiver.start(faults: "500,hang,cut,200,500")
            defer { first.signal(SIGKILL) }
            try await eventually(within: .seconds(60), "it took something") {
                receiver.taken.isEmpty ? nil : true
            }
            first.signal(SIGKILL)
            _ = await first.exitCode()
            try await cluster.client.call("UpdateService", ["service": "web", "desiredCount": 0])
            try await cluster.killManager()
            try await cluster.startManager()
            let second = try receiver.start(faults: "302,503")
            defer { second.signal(SIGKILL) }
            let stopped = try await eventually(within: .seconds(60), "both tasks stopped") {
                let ends = Set(
                    receiver.taken.filter { $0["detail"]["lastStatus"] == "STOPPED" }
                        .map { $0["resources"][0].string })
                return ends.count == 2 ? ends : nil
            }
            #expect(stopped.count == 2)
            try await expectAllCame(cluster, receiver.taken)
            let managerLog = try cluster.manager.output
            #expect(!managerLog.contains("s3cret"))
            #expect(managerLog.contains("events could not be posted"))
            let metrics = try await cluster.client.text(at: "metrics")
            #expect(metrics.contains("muster_webhook_events_total"))
        }
    }

    /// Against the journal: the events of all that happened, each with its id, in order.
    private func expectAllCame(_ cluster: LocalCluster, _ taken: [JSON]) async throws {
        let (code, text) = try await cluster.muster("events", "--since", "10m", "--json")
        #expect(code == 0)
        // The webhook began with the manager; what the journal has is all there ever was.
        let all = try Self.events(text)
        var seen = Set<String>()
        let firsts = taken.filter { seen.insert($0["id"].string).inserted }
        let expected = all.prefix { $0["id"] != firsts.last?["id"] }.map { $0["id"].string }
        #expect(firsts.map { $0["id"].string }.dropLast() == expected)
        // What came again came whole and the same.
        let byID = Dictionary(grouping: taken) { $0["id"].string }
        #expect(byID.values.allSatisfy { Set($0.map { "\($0)" }).count == 1 })
        expectWhole(firsts)
    }

    /// Envelopes are whole, ids differ, and versions of one object grow.
    private func expectWhole(_ events: [JSON]) {
        #expect(Set(events.map { $0["id"].string }).count == events.count)
        var versions: [String: Double] = [:]
        for event in events {
            #expect(event["version"] == "0" && event["source"] == "aws.ecs")
            #expect(event["region"] == "us-east-1" && event["account"] == "000000000000")
            let object = event["resources"][0].string
            guard case .number(let version) = event["detail"]["version"] else { continue }
            #expect(versions[object] ?? 0 < version, "\(object)")
            versions[object] = version
        }
    }

    private func service(_ cluster: LocalCluster, count: Int, cpu: Int = 10) async throws {
        try await cluster.client.call(
            "RegisterTaskDefinition",
            [
                "family": "web",
                "containerDefinitions": [
                    [
                        "name": "app", "image": "none", "cpu": .number(Double(cpu)), "memory": 32,
                        "command": ["/bin/sh", "-c", "exec sleep 600"],
                    ]
                ],
            ])
        try await cluster.client.call(
            "CreateService",
            [
                "serviceName": "web", "taskDefinition": "web",
                "desiredCount": .number(Double(count)),
            ])
    }

    /// JSON objects, one a line; other lines are remarks.
    private static func events(_ text: String) throws -> [JSON] {
        try text.split(separator: "\n").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }
            .map { try JSON(parsing: Data($0.utf8)) }
    }
}
