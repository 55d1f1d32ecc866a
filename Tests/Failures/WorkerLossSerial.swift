import Foundation
import ProcessSupport
import Testing

/// Real workers that die, freeze or come back.
@Suite("Loss of workers, with real processes", .serialized)
struct WorkerLossSerial {
    @Test("A killed host's tasks come back on the others, and it gets none of them back")
    func killedHost() async throws {
        try await withCluster(workers: 3) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 9)
            try await cluster.waitStable("web")
            let victim = try await cluster.instance("worker-2")
            try await cluster.killHost("worker-2")
            try await eventually(within: .seconds(15), "9 tasks run on two workers") {
                let running = try await cluster.runningTasks()
                let away = running.allSatisfy {
                    $0["containerInstanceArn"] != victim["containerInstanceArn"]
                }
                return running.count == 9 && away ? true : nil
            }
            let lost = try await cluster.tasks(["desiredStatus": "STOPPED"])
            #expect(lost.count == 3)
            for task in lost {
                #expect(task["stoppedReason"].string.contains("worker-2"))
                #expect(task["stopCode"] == "TerminationNotice")
            }
        }
    }

    @Test(
        "Contract 3: a frozen worker's tasks are replaced once, and it stops its old copies later"
    )
    func frozenWorker() async throws {
        try await withCluster(workers: 3) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 9)
            try await cluster.waitStable("web")
            let before = try await cluster.runningTasks()
            let frozen = try cluster.worker("worker-1")
            let instance = try await cluster.instance("worker-1")
            let old = before.filter {
                $0["containerInstanceArn"] == instance["containerInstanceArn"]
            }
            #expect(old.count == 3)
            frozen.signal(SIGSTOP)
            try await eventually(within: .seconds(15), "9 tasks run elsewhere") {
                let running = try await cluster.runningTasks()
                let away = running.allSatisfy {
                    $0["containerInstanceArn"] != instance["containerInstanceArn"]
                }
                return running.count == 9 && away ? true : nil
            }
            frozen.signal(SIGCONT)
            try await cluster.waitForWorkers(3)
            try await eventually(within: .seconds(15), "the old copies are gone") {
                cluster.pids(of: old).allSatisfy { !processExists($0) } ? true : nil
            }
            let after = try await cluster.runningTasks()
            #expect(after.count == 9)
            let stopped = try await cluster.tasks(["desiredStatus": "STOPPED"])
            #expect(Set(stopped.map { $0["taskArn"] }) == Set(old.map { $0["taskArn"] }))
        }
    }

    @Test("Contract 6: an agent that is killed and started again within the lease changes no task")
    func agentRestart() async throws {
        try await withCluster(workers: 2) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 4)
            try await cluster.waitStable("web")
            let before = Set(try await cluster.runningTasks().map(TaskIdentity.init))
            let agent = try cluster.worker("worker-1")
            agent.signal(SIGKILL)
            _ = await agent.exitCode()
            try await cluster.startWorker("worker-1")
            try await cluster.waitForWorkers(2)
            let instances = try await cluster.instances()
            #expect(instances.count == 2)
            let after = Set(try await cluster.runningTasks().map(TaskIdentity.init))
            #expect(after == before)
        }
    }

    @Test("Contract 6: exits that happen while the agent is dead are reported with their codes")
    func exitsWhileAgentIsDead() async throws {
        try await withCluster { cluster in
            // As on AWS, silence alone ends no task here, so the agent may take its time.
            try await cluster.client.call(
                "CreateCluster",
                [
                    "clusterName": "default",
                    "settings": [["name": "muster:failover", "value": "aws"]],
                ])
            try await cluster.startWorker("worker-1")
            try await cluster.waitForWorkers(1)
            let gate = cluster.folder.appendingPathComponent("gate")
            try await cluster.register(
                "job", "while [ ! -e \(gate.path) ]; do sleep 0.05; done; exit 7")
            try await cluster.client.call("RunTask", ["taskDefinition": "job"])
            let task = try await eventually(within: .seconds(10), "the job runs") {
                try await cluster.runningTasks().first
            }
            let agent = try cluster.worker("worker-1")
            agent.signal(SIGKILL)
            _ = await agent.exitCode()
            _ = FileManager.default.createFile(atPath: gate.path, contents: nil)
            try await cluster.startWorker("worker-1")
            let ended = try await eventually(within: .seconds(15), "the job's end is known") {
                try await cluster.tasks(["desiredStatus": "STOPPED"]).first {
                    $0["taskArn"] == task["taskArn"] && $0["lastStatus"] == "STOPPED"
                }
            }
            #expect(ended["containers"][0]["exitCode"] == 7)
            #expect(ended["stopCode"] == "EssentialContainerExited")
        }
    }
}

func processExists(_ pid: String) -> Bool {
    guard let number = Int32(pid) else { return false }
    return kill(number, 0) == 0
}
