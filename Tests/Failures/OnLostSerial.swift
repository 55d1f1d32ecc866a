import Foundation
import ProcessSupport
import Testing

/// Tasks with `muster:on-lost=stop` on real workers whose agents die or freeze: never two of one
/// live, and the manager waits until that is certain.
@Suite("muster:on-lost=stop, with real processes", .serialized)
struct OnLostSerial {
    /// Lease, margin, dead man, the task's stop timeout, a second and a percent.
    static let surely = 3.0 + 1 + 1 + 2 + 1.07

    /// When each process of the service was seen to live, by its pid.
    struct Life {
        var first: Double
        var last: Double
    }

    func lives(_ file: URL) -> [String: Life] {
        var lives: [String: Life] = [:]
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let time = Double(words[1]) else { continue }
            lives[String(words[0]), default: Life(first: time, last: time)].last = time
        }
        return lives
    }

    func serve(_ cluster: LocalCluster, writing file: URL) async throws {
        let script = "while :; do echo \"$$ $(date +%s.%N)\" >> \(file.path); sleep 0.05; done"
        try await cluster.client.call(
            "RegisterTaskDefinition",
            [
                "family": "one", "tags": [["key": "muster:on-lost", "value": "stop"]],
                "containerDefinitions": [
                    [
                        "name": "main", "image": "busybox", "memory": 64, "stopTimeout": 2,
                        "command": ["/bin/sh", "-c", .string(script)],
                    ]
                ],
            ])
        try await cluster.client.call(
            "CreateService",
            [
                "serviceName": "one", "taskDefinition": "one", "desiredCount": 1,
                "deploymentConfiguration": [
                    "minimumHealthyPercent": 0, "maximumPercent": 100,
                ],
            ])
        try await cluster.waitStable("one")
    }

    @Test(
        "An agent that is killed, or frozen: its task ends by itself, and only then comes another",
        arguments: [SIGKILL, SIGSTOP])
    func lostAgent(signal: Int32) async throws {
        try await withCluster(workers: 2) { cluster in
            let file = cluster.folder.appendingPathComponent("lives")
            try await serve(cluster, writing: file)
            let task = try #require(try await cluster.runningTasks().first)
            let instances = try await cluster.instances()
            let name = try #require(
                instances.first {
                    $0["containerInstanceArn"] == task["containerInstanceArn"]
                })["ec2InstanceId"].string
            let lostAt = Date().timeIntervalSince1970
            try cluster.worker(name).signal(signal)
            try await eventually(within: .seconds(30), "the task runs on the other worker") {
                let running = try await cluster.runningTasks()
                return running.count == 1 && running[0]["taskArn"] != task["taskArn"] ? true : nil
            }
            try await eventually(within: .seconds(10), "the other copy lives") {
                lives(file).count == 2 ? true : nil
            }
            let copies = lives(file).values.sorted { $0.first < $1.first }
            #expect(copies[0].last < copies[1].first, "two copies never live at once")
            // It was last heard a heartbeat before; its copy ends after lease, margin and a second.
            #expect(copies[0].last - lostAt < 5.0 + 1.5)
            #expect(copies[1].first - lostAt > Self.surely - 1.2)
            #expect(copies[1].first - lostAt < Self.surely + 4)
            let stopped = try await cluster.tasks(["desiredStatus": "STOPPED"])
            #expect(stopped.map { $0["taskArn"] } == [task["taskArn"]])
            #expect(stopped[0]["stoppedReason"].string.contains("muster:on-lost"))
            #expect(stopped[0]["stoppedReason"].string.contains(name))
            guard signal == SIGSTOP else { return }
            try cluster.worker(name).signal(SIGCONT)
            try await cluster.waitForWorkers(2)
            #expect(lives(file).count == 2)
            #expect(try await cluster.runningTasks().count == 1)
        }
    }
}
