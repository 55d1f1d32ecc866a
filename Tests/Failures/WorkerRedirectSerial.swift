import Foundation
import ProcessSupport
import Testing

/// Workers that an operator sends from one real manager to another.
@Suite("Workers sent to another manager, with real processes", .serialized)
struct WorkerRedirectSerial {
    @Test("A worker goes to the other manager, and is replaced where it was")
    func goes() async throws {
        try await withCluster(tls: false, workers: 2) { first in
            try await first.register("web", "exec sleep 600")
            try await first.createService("web", of: "web", count: 2)
            try await first.waitStable("web")
            try await withCluster(tls: false) { second in
                let port = second.workerPort
                let wrong = try await first.muster(
                    "worker-redirect", "nobody", "--to", "127.0.0.1:\(port)")
                #expect(wrong.code == 64 && wrong.output.contains("is called nobody"))
                let told = try await first.muster(
                    "worker-redirect", "worker-1", "--to", "127.0.0.1:\(port)")
                #expect(told.code == 0 && told.output.contains("worker-1"))
                try await second.waitForWorkers(1)
                try await first.waitForWorkers(1)
                let there = try await second.instances()
                #expect(there.map { $0["ec2InstanceId"] } == ["worker-1"])
                let log = try first.worker("worker-1").output
                #expect(log.contains("the manager sends the worker to another"))
                try await first.waitStable("web")
                let places = Set(try await first.runningTasks().map { $0["containerInstanceArn"] })
                #expect(places.count == 1, "both run on worker-2")
                // All that are there follow.
                #expect(
                    try await first.muster(
                        "worker-redirect", "--all", "--to", "127.0.0.1:\(port)"
                    ).code == 0)
                try await second.waitForWorkers(2)
            }
        }
    }

    @Test("A manager of another authority does not take it, and it comes back")
    func comesBack() async throws {
        try await withCluster(workers: 1) { first in
            try await first.register("web", "exec sleep 600")
            try await first.createService("web", of: "web", count: 1)
            try await first.waitStable("web")
            try await withCluster { second in
                let told = try await first.muster(
                    "worker-redirect", "worker-1", "--to", "127.0.0.1:\(second.workerPort)")
                #expect(told.code == 0)
                let worker = try first.worker("worker-1")
                try await eventually(within: .seconds(20), "the worker is back") {
                    let count = worker.output.components(
                        separatedBy: "registered with the manager"
                    ).count
                    return count > 2 ? true : nil
                }
                #expect(worker.output.contains("the manager sends the worker to another"))
                try await first.waitForWorkers(1)
                try await first.waitStable("web")
                #expect(try await first.runningTasks().count == 1)
                let clusters = try await second.client.call("ListClusters")["clusterArns"]
                #expect(clusters.items.isEmpty, "nobody registered")
            }
        }
    }
}
