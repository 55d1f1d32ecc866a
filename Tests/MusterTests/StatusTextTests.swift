import ECSAPI
import Foundation
import Testing

@testable import muster

@Suite("The status at a glance")
struct StatusTextTests {
    @Test("A manager without clusters says how to get one")
    func empty() throws {
        let report = try report(#"{"revision": 0, "time": 0, "clusters": []}"#)
        #expect(StatusText.render(report).contains("No cluster yet"))
    }

    @Test("Clusters, workers, services and tasks stand in tables")
    func tables() throws {
        let text = StatusText.render(try report(Self.example))
        #expect(
            text == """
                cluster default (us-east-1): 1 of 2 workers connected, 1 services, 1 tasks running

                  WORKER    STATUS          TASKS  CPU       MEMORY        RUNTIME
                  worker-1  ACTIVE          1      128/2048  128/4096 MiB  process
                  worker-2  ACTIVE, SILENT  0      0/2048    0/4096 MiB    process

                  SERVICE  RUNNING         DEFINITION  ROLLOUT      NEWEST EVENT
                  web      1/2 +1 pending  web:1       IN_PROGRESS  (service web) began 5s ago

                  TASK      STATUS   DEFINITION  WORKER    AGE  CPU    MEMORY  DETAIL
                  aaaaaaaa  RUNNING  web:1       worker-1  9s   12.5%  3 MiB   web 32768->80/tcp
                  bbbbbbbb  STOPPED  web:1       worker-2  1s                  host lost; \
                web exit 137
                """)
    }

    @Test("A service whose tasks fail shows when they are tried again, while that is to come")
    func nextTry() throws {
        for (time, text) in [(14_500, "IN_PROGRESS, next try in 5s  "), (9_000, "IN_PROGRESS  ")] {
            let json = Self.example.replacing(
                #""deployments": 1"#, with: #""deployments": 1, "nextStartAt": \#(time)"#)
            #expect(StatusText.render(try report(json)).contains(text))
        }
    }

    @Test(
        "Ages",
        arguments: [(0, "0s"), (119_000, "119s"), (120_000, "2m"), (7_200_000, "2h"), (-5, "0s")])
    func ages(milliseconds: Int64, text: String) {
        #expect(StatusText.age(0, milliseconds) == text)
    }

    func report(_ json: String) throws -> StatusReport {
        try JSONDecoder().decode(StatusReport.self, from: Data(json.utf8))
    }

    @Test("A worker that is impaired says why below the table")
    func impaired() throws {
        let said = StatusTextTests.example.replacing(
            #""liveTasks": 2}"#,
            with: #""liveTasks": 2, "health": {"toldAt": 1, "runtime": {"changedAt": 1},"#
                + #" "disk": {"changedAt": 1, "fault": "the disk of /x has 1 MiB left."}}}"#)
        let report = try JSONDecoder().decode(StatusReport.self, from: Data(said.utf8))
        let text = StatusText.render(report)
        #expect(text.contains("worker-1  ACTIVE, IMPAIRED  1 "))
        #expect(text.contains("\n  worker-1: the disk of /x has 1 MiB left.\n"))
    }

    static let example = """
        {"revision": 7, "time": 10000, "clusters": [{
          "region": "us-east-1", "name": "default", "arn": "a", "status": "ACTIVE",
          "workers": [
            {"id": "1", "name": "worker-1", "status": "ACTIVE", "connected": true, "epoch": 1,
             "runtime": "process", "agentVersion": "", "registeredAt": 0, "cpu": 2048,
             "cpuReserved": 128, "memory": 4096, "memoryReserved": 128, "runningTasks": 1,
             "pendingTasks": 0, "liveTasks": 2},
            {"id": "2", "name": "worker-2", "status": "ACTIVE", "connected": false, "epoch": 1,
             "runtime": "process", "agentVersion": "", "registeredAt": 0, "cpu": 2048,
             "cpuReserved": 0, "memory": 4096, "memoryReserved": 0, "runningTasks": 0,
             "pendingTasks": 0, "liveTasks": 0}],
          "services": [
            {"name": "web", "status": "ACTIVE", "taskDefinition": "web:1", "desired": 2,
             "running": 1, "pending": 1, "rolloutState": "IN_PROGRESS", "deployments": 1,
             "lastEvent": "(service web) began", "lastEventAt": 5000}],
          "tasks": [
            {"id": "aaaaaaaaaaaa", "group": "service:web", "taskDefinition": "web:1",
             "worker": "worker-1", "lastStatus": "RUNNING", "desiredStatus": "RUNNING",
             "health": "UNKNOWN", "createdAt": 0, "startedAt": 1000,
             "containers": [{"name": "web", "status": "RUNNING", "ports": ["32768->80/tcp"],
              "usage": {"cpu": 128, "memory": 4000000, "received": 0, "sent": 0, "processes": 1}}]},
            {"id": "bbbbbbbbbbbb", "group": "service:web", "taskDefinition": "web:1",
             "worker": "worker-2", "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
             "health": "UNKNOWN", "createdAt": 0, "startedAt": 1000, "stoppedAt": 9000,
             "stoppedReason": "host lost",
             "containers": [{"name": "web", "status": "STOPPED", "exitCode": 137, "ports": []}]}],
          "tasksLeftOut": 0}]}
        """
}
