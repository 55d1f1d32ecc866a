import Foundation
import ProcessSupport
import Testing

extension InteropSerial {
    /// `muster history` and `--as-of`, of a manager that runs and of one that is stopped.
    @Suite("Looking back")
    struct HistorySerial {
        @Test("A service's life, its end, and the cluster as it was before the end")
        func story() async throws {
            try await withCluster { cluster in
                let client = cluster.client
                try await client.call("CreateCluster", ["clusterName": "default"])
                try await client.call(
                    "RegisterTaskDefinition",
                    [
                        "family": "web",
                        "containerDefinitions": [
                            ["name": "app", "image": "app", "memory": 64, "command": ["true"]]
                        ],
                    ])
                try await client.call(
                    "CreateService",
                    ["serviceName": "shop", "taskDefinition": "web", "desiredCount": 0])
                // Times are of whole milliseconds, and what comes next is of a later one.
                let then = Self.now()
                try await eventually(within: .seconds(5), "the clock goes on") {
                    guard Self.now() > then else { throw TooEarly() }
                }
                try await client.call("DeleteService", ["service": "shop", "force": true])

                let history = try await cluster.muster("history", "shop")
                #expect(history.code == 0, "\(history.output)")
                for word in ["CreateService", "DeleteService", "service shop", "desired 0"] {
                    #expect(history.output.contains(word), "no \(word): \(history.output)")
                }
                let lines = try await cluster.muster("history", "--json", "--limit", "2")
                #expect(lines.output.split(separator: "\n").count == 2, "\(lines.output)")

                let present = try await cluster.muster("status", "--json")
                let past = try await cluster.muster("status", "--json", "--as-of", then)
                #expect(past.code == 0, "\(past.output)")
                #expect(try services(present.output) == [] && services(past.output) == ["shop"])

                let early = try await cluster.muster("status", "--as-of", "2020-01-01")
                #expect(early.code == 64 && early.output.contains("The earliest time that can be"))
                let unknown = try await cluster.muster("history", "nobody")
                #expect(unknown.code == 64 && unknown.output.contains("called 'nobody'"))
                try await stopped(cluster, then: then)
            }
        }

        private struct TooEarly: Error {}

        /// The same from the folder, which is refused while the manager works in it.
        private func stopped(_ cluster: LocalCluster, then: String) async throws {
            let data = cluster.managerData.path
            let busy = try await verb(cluster, "history", "--data", data)
            #expect(busy.code == 75 && busy.output.contains("in use"), "\(busy.output)")
            try await cluster.killManager()
            let history = try await verb(cluster, "history", "shop", "--data", data)
            #expect(history.code == 0 && history.output.contains("DeleteService"))
            let past = try await verb(
                cluster, "status", "--json", "--as-of", then, "--data", data)
            #expect(try services(past.output) == ["shop"], "\(past.output)")
            let present = try await verb(cluster, "status", "--json", "--data", data)
            #expect(try services(present.output) == [], "\(present.output)")
            // It was only read: the manager goes on with it.
            try await cluster.startManager()
            let again = try await cluster.muster("history", "shop")
            #expect(again.output.contains("DeleteService"), "\(again.output)")
        }

        private func verb(
            _ cluster: LocalCluster, _ words: String...
        ) async throws -> (code: Int32, output: String) {
            let log = cluster.folder.appendingPathComponent("past-\(UUID().uuidString.prefix(8))")
            let process = try ChildProcess(Programs.muster, words, log: log)
            return (await process.exitCode(), process.output)
        }

        private func services(_ report: String) throws -> [String] {
            try JSON(parsing: Data(report.utf8))["clusters"].items
                .flatMap { $0["services"].items }.map { $0["name"].string }
        }

        private static func now() -> String {
            Date().formatted(
                .iso8601.year().month().day().time(includingFractionalSeconds: true)
                    .timeZone(separator: .omitted))
        }
    }
}
