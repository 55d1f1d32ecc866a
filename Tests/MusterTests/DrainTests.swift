import ECSAPI
import Foundation
import Testing

@testable import muster

@Suite("What is left on a worker that is draining")
struct DrainTests {
    private func progress(running: Int, pending: Int, live: Int) throws -> DrainProgress {
        let json = """
            {"revision": 1, "time": 0, "clusters": [{
              "region": "us-east-1", "name": "default", "arn": "a", "status": "ACTIVE",
              "workers": [
                {"id": "1", "name": "w", "status": "DRAINING", "connected": true, "epoch": 1,
                 "runtime": "process", "agentVersion": "", "registeredAt": 0, "cpu": 2048,
                 "cpuReserved": 0, "memory": 4096, "memoryReserved": 0,
                 "runningTasks": \(running), "pendingTasks": \(pending), "liveTasks": \(live)}],
              "services": [], "tasks": [], "tasksLeftOut": 0}]}
            """
        let report = try JSONDecoder().decode(StatusReport.self, from: Data(json.utf8))
        return DrainProgress(of: "1", in: report)
    }

    @Test("counts tasks that are still stopping, and each once")
    func counted() throws {
        // It was told to stop, and does not yet.
        #expect(try progress(running: 0, pending: 0, live: 1).text == "1 task is left.")
        #expect(try progress(running: 1, pending: 1, live: 1).text == "1 task is left.")
        #expect(try progress(running: 0, pending: 0, live: 0).isEmpty)
    }
}
