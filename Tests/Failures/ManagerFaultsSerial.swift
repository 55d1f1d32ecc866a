import Foundation
import ProcessSupport
import Testing

/// A real manager that is killed, frozen or refused its folder.
@Suite("Faults of the manager, with real processes", .serialized)
struct ManagerFaultsSerial {
    @Test("Contract 5: a manager frozen for 10 s and continued declares nobody lost")
    func frozenManager() async throws {
        try await withCluster(workers: 3) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 6)
            try await cluster.waitStable("web")
            let before = Set(try await cluster.runningTasks().map(TaskIdentity.init))
            let manager = try cluster.manager
            manager.signal(SIGSTOP)
            // The state waited for is the passing of time itself: more than three leases.
            try await ContinuousClock().sleep(for: .seconds(10))
            manager.signal(SIGCONT)
            let clock = ContinuousClock()
            let watchUntil = clock.now + .seconds(4)
            while clock.now < watchUntil {
                let instances = try await cluster.instances()
                #expect(instances.allSatisfy { $0["agentConnected"] == true })
                let after = Set(try await cluster.runningTasks().map(TaskIdentity.init))
                #expect(after == before)
            }
        }
    }

    @Test("Contract 6: a manager killed and started again finds every task as it was")
    func restartedManager() async throws {
        try await withCluster(workers: 3) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 6)
            try await cluster.waitStable("web")
            let before = Set(try await cluster.runningTasks().map(TaskIdentity.init))
            try await cluster.killManager()
            try await cluster.startManager()
            try await cluster.waitForWorkers(3)
            let clock = ContinuousClock()
            let watchUntil = clock.now + .seconds(5)
            while clock.now < watchUntil {
                let after = Set(try await cluster.runningTasks().map(TaskIdentity.init))
                #expect(after == before)
            }
        }
    }

    @Test("Contract 1: kill -9 at random moments during 200 writes loses no acknowledged one")
    func acknowledgedMeansDurable() async throws {
        var random = SystemRandomNumberGenerator()
        try await withCluster { cluster in
            let writer = AcknowledgedWrites()
            var written = 0
            while written < 200 {
                let killAfter = Int.random(in: 5...30, using: &random)
                let first = written
                async let burst = writer.write(from: first, to: 200, client: cluster.client)
                try await eventually(within: .seconds(20), "\(killAfter) more writes") {
                    writer.attempts >= min(first + killAfter, 200) ? true : nil
                }
                try await cluster.killManager()
                written = await burst
                try await cluster.startManager()
                try await writer.check(cluster.client)
            }
            #expect(writer.acknowledged.count > 100)
        }
    }

    @Test("A second manager on the same folder is refused and says by whom it is used")
    func folderInUse() async throws {
        try await withCluster { cluster in
            let second = try ChildProcess(
                Programs.muster,
                [
                    "manager", "--data", cluster.managerData.path, "--api-listen",
                    "127.0.0.1:\(try Programs.freePort())", "--worker-listen",
                    "127.0.0.1:\(try Programs.freePort())",
                ], log: cluster.folder.appendingPathComponent("second.log"))
            #expect(await second.exitCode() != 0)
            #expect(second.output.contains("\(try cluster.manager.pid)"))
            try await cluster.client.call("ListClusters")
        }
    }
}
