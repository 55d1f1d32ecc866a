import Foundation
import ProcessSupport
import Testing

/// Who may be a worker: real managers and workers, and what each side's log says of a refusal.
@Suite("Who may be a worker, with real processes", .serialized)
struct WorkerAccessSerial {
    @Test("A worker with no token does not start; without TLS it is not let in")
    func noToken() async throws {
        try await withCluster { cluster in
            let worker = try cluster.startWorker("alone", token: nil)
            #expect(await worker.exitCode() == 64)
            #expect(worker.output.contains("muster token create --cluster default"))
            let plain = try cluster.startWorker(
                "plain", token: nil, arguments: ["--no-tls"])
            try await plain.says("start the worker with a join token in place of --no-tls")
            try await cluster.manager.says("connection refused", "does not speak TLS")
            let clusters = try await cluster.client.call("ListClusters")["clusterArns"]
            #expect(clusters.items.isEmpty, "nobody registered")
        }
    }

    @Test("An expired token, a revoked one and another cluster's let nobody in")
    func badTokens() async throws {
        try await withCluster { cluster in
            let expired = cluster.tokenFile("expired")
            try await cluster.makeToken(seconds: 1, in: expired)
            let revoked = cluster.tokenFile("revoked")
            let id = try await cluster.makeToken(in: revoked)
            #expect(try await cluster.muster("token", "revoke", id).code == 0)
            try await cluster.client.call("CreateCluster", ["clusterName": "prod"])
            let other = cluster.tokenFile("other")
            try await cluster.makeToken(cluster: "prod", in: other)
            try await eventually(within: .seconds(5), "the token has expired") {
                try await cluster.muster("token", "list").output.contains("EXPIRED") ? true : nil
            }

            let cases = [
                ("expired", expired, "has expired"), ("revoked", revoked, "was revoked"),
                ("other", other, "is for cluster prod"),
            ]
            for (name, file, reason) in cases {
                let worker = try cluster.startWorker(name, token: file)
                try await worker.says("error", reason)
                try await cluster.manager.says("worker may not join", "worker=\(name)", reason)
                #expect(worker.isRunning, "it waits for a person to mend it")
                let secret = try String(contentsOf: file, encoding: .utf8).dropFirst(41)
                for log in [worker.output, try cluster.manager.output] {
                    #expect(!log.contains(secret.prefix(64)), "a secret was logged")
                }
            }
            #expect(try await cluster.instances().isEmpty)
            let list = try await cluster.muster("token", "list").output
            #expect(list.contains("REVOKED") && list.contains("prod"))
        }
    }

    @Test("A copy of a worker's folder gets nothing while the worker is connected")
    func stolenIdentity() async throws {
        try await withCluster(workers: 1) { cluster in
            try await copyIdentity(
                from: cluster.workerData("worker-1"), to: cluster.workerData("thief"))
            let thief = try cluster.startWorker(
                "thief", token: nil, arguments: ["--name", "worker-1"])
            try await thief.says("error", "another worker is connected")
            try await cluster.manager.says("worker refused", "another worker is connected")
            #expect(try await cluster.instances().count == 1)
            #expect(
                try cluster.worker("worker-1").output.components(
                    separatedBy: "registered with the manager"
                ).count == 2)
        }
    }

    @Test("A worker with a certificate of its own can't register as another's instance")
    func foreignInstance() async throws {
        try await withCluster(workers: 2) { cluster in
            for name in ["worker-1", "worker-2"] {
                let process = try cluster.worker(name)
                process.signal(SIGTERM)
                #expect(await process.exitCode() == 0)
            }
            let instance = "identity"
            let stolen = try Data(
                contentsOf: cluster.workerData("worker-1").appendingPathComponent(instance))
            try stolen.write(
                to: cluster.workerData("worker-2").appendingPathComponent(instance))
            let thief = try cluster.startWorker("worker-2", token: nil)
            try await thief.says("refuses this worker", "belongs to another worker")
            try await cluster.manager.says("worker refused", "belongs to another worker")
            // The rightful one comes back as what it was.
            try cluster.startWorker("worker-1", token: nil)
            try await cluster.waitForWorkers(1)
        }
    }

    @Test("A worker talks to no manager but that of its token, or that it joined")
    func foreignManager() async throws {
        try await withCluster(workers: 1) { cluster in
            try await withCluster { foreign in
                let file = cluster.tokenFile("default")
                let lured = try foreign.startWorker("lured", token: file)
                try await lured.says("is not the manager that the join token is of")
                try await foreign.manager.says("connection refused", "certificate")

                try await copyIdentity(
                    from: cluster.workerData("worker-1"), to: foreign.workerData("worker-1"))
                let moved = try foreign.startWorker("worker-1", token: nil)
                try await moved.says("not of the trusted authority")
                try await foreign.manager.says("connection refused", "not trusted here")
                let clusters = try await foreign.client.call("ListClusters")["clusterArns"]
                #expect(clusters.items.isEmpty, "nobody registered")
            }
        }
    }

    @Test("A revoked worker is out at once, its tasks run elsewhere, and it is told why")
    func revoked() async throws {
        try await withCluster(workers: 2) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 2)
            try await cluster.waitStable("web")
            let revoked = try await cluster.muster("worker-revoke", "worker-1")
            #expect(revoked.code == 0 && revoked.output.contains("muster token revoke"))
            try await cluster.worker("worker-1").says("refuses this worker", "was revoked")
            try await cluster.manager.says("worker revoked", "worker=worker-1")
            try await cluster.manager.says("worker refused", "was revoked")
            try await eventually(within: .seconds(10), "both tasks run on worker-2") {
                let tasks = try await cluster.runningTasks()
                let places = Set(tasks.map { $0["containerInstanceArn"] })
                return tasks.count == 2 && places.count == 1 ? true : nil
            }
            // Started again it has nothing to gain, not even with the token that is still good.
            let process = try cluster.worker("worker-1")
            process.signal(SIGKILL)
            _ = await process.exitCode()
            let again = try await cluster.startWorker("worker-1")
            try await again.says("refuses this worker", "was revoked")
            #expect(
                try await cluster.instances().filter { $0["agentConnected"] == true }.count == 1)
        }
    }

    @Test("Certificates of ten seconds are renewed over and over, on one connection")
    func renewal() async throws {
        let arguments = ["--worker-certificate-life", "10s"]
        try await withCluster(managerArguments: arguments, workers: 1) { cluster in
            let worker = try cluster.worker("worker-1")
            try await eventually(within: .seconds(40), "the certificate is renewed twice") {
                worker.output.components(separatedBy: "certificate was renewed").count > 2
                    ? true : nil
            }
            #expect(
                worker.output.components(separatedBy: "registered with the manager").count == 2)
            #expect(!worker.output.contains("can't be reached"))
        }
    }
}

/// Takes what a thief would: all that makes a worker's folder its identity.
private func copyIdentity(from worker: URL, to copy: URL) async throws {
    let files = FileManager.default
    let parts = ["agent.lock", "identity", "identity.pem"]
    try await eventually(within: .seconds(5), "the worker's identity is on disk") {
        parts.allSatisfy { files.fileExists(atPath: worker.appendingPathComponent($0).path) }
            ? true : nil
    }
    try files.createDirectory(at: copy, withIntermediateDirectories: true)
    for part in parts {
        try files.copyItem(
            at: worker.appendingPathComponent(part), to: copy.appendingPathComponent(part))
    }
}

extension ChildProcess {
    /// Waits for a line of output that holds all the words.
    fileprivate func says(_ words: String...) async throws {
        try await eventually(within: .seconds(20), "a line with \(words) in \(log.path)") {
            output.split(separator: "\n").contains { line in
                words.allSatisfy { line.contains($0) }
            } ? true : nil
        }
    }
}
