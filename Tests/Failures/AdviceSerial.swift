import Foundation
import ProcessSupport
import Testing

/// `muster explain` and `muster plan` as a person uses them, on a manager that runs.
@Suite("muster explain and muster plan, with real processes", .serialized)
struct AdviceSerial {
    @Test("A service that lacks room, one that is steady, and what changes would do")
    func advice() async throws {
        try await withCluster(workers: 2) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 2)
            try await eventually(within: .seconds(20), "the deployment is completed") {
                try await cluster.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"
                    ? true : nil
            }
            let before = Date().ISO8601Format(.init(includingFractionalSeconds: true))
            try await cluster.register("big", "exec sleep 600", cpu: 4_090)
            try await cluster.createService("big", of: "big", count: 1)

            let steady = try await cluster.muster("explain", "web")
            #expect(steady.code == 0, "\(steady.output)")
            #expect(steady.output.contains("All 2 tasks run"), "\(steady.output)")
            let stuck = try await eventually(within: .seconds(10), "there is no room") {
                let stuck = try await cluster.muster("explain", "big", "--json")
                let answer = try JSON(parsing: Data(stuck.output.utf8))
                return answer["service"]["verdict"] == "NO_ROOM" ? answer["service"] : nil
            }
            let nearest = stuck["placement"]["nearest"]
            #expect(nearest["reason"] == "RESOURCE:CPU" && nearest["missing"] == 58)

            let task = try await cluster.runningTasks()[0]["taskArn"].string
            let short = String(task.split(separator: "/").last?.prefix(8) ?? "")
            let here = try await cluster.muster("explain", short)
            // Of the moment of its placement, which the journal knows.
            #expect(here.output.contains("2 of 2 instances would have done"), "\(here.output)")
            #expect(here.output.contains("the best of them"), "\(here.output)")
            let then = try await cluster.muster("explain", "web", "--as-of", before)
            #expect(then.code == 0 && then.output.contains("All 2 tasks run"), "\(then.output)")
            let notYet = try await cluster.muster("explain", "big", "--as-of", before)
            #expect(notYet.code == 64 && notYet.output.contains("no service named big"))
            let early = try await cluster.muster("explain", "web", "--as-of", "30d")
            #expect(early.code == 64, "\(early.output)")
            let nobody = try await cluster.muster("explain", "nobody")
            #expect(nobody.code == 64 && nobody.output.contains("no service named nobody"))

            let roll = try await cluster.muster(
                "plan", "update-service", "web", "--force-new-deployment", "--start-seconds", "4",
                "--stop-seconds", "3")
            #expect(roll.code == 0 && roll.output.contains("FINISHES"), "\(roll.output)")
            #expect(roll.output.contains("takes       9s"), "\(roll.output)")
            // A service that is evened out over zones may not have a maximum of 100 %.
            try await cluster.client.call(
                "UpdateService",
                ["service": .string("web"), "availabilityZoneRebalancing": .string("DISABLED")])
            let tight = try await cluster.muster(
                "plan", "update-service", "web", "--force-new-deployment", "--maximum-percent",
                "100")
            #expect(tight.code == 1 && tight.output.contains("BLOCKED"), "\(tight.output)")
            let scale = try await cluster.muster("plan", "scale", "web", "5000")
            #expect(scale.code == 1 && scale.output.contains("NO_ROOM"), "\(scale.output)")
            let drain = try await cluster.muster("plan", "drain", "worker-1", "--json")
            #expect(drain.code == 0, "\(drain.output)")
            let file = cluster.folder.appendingPathComponent("web.json")
            try Data(
                """
                {"family": "web", "containerDefinitions": [{"name": "main", "image": "busybox", \
                "memory": 64, "cpu": 9000}]}
                """.utf8
            ).write(to: file)
            let large = try await cluster.muster("plan", "register-task-definition", file.path)
            #expect(large.code == 1 && large.output.contains("9000 CPU units are needed"))
            // Nothing of it was done.
            let service = try await cluster.service("web")
            #expect(service["deployments"].items.count == 1 && service["desiredCount"] == 2)
            #expect(service["taskDefinition"].string.hasSuffix("web:1"))
        }
    }
}
