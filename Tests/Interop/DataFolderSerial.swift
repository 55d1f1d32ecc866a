import Foundation
import ProcessSupport
import Testing

extension InteropSerial {
    /// What `muster manager` makes of a data folder that it can't use: a sentence and an exit code
    /// for people and scripts, and not a byte changed.
    @Suite("A data folder that can't be used")
    struct DataFolderSerial {
        @Test("In use: refused, and the other manager notices nothing")
        func inUse() async throws {
            try await withCluster { cluster in
                try await cluster.client.call("CreateCluster", ["clusterName": "kept"])
                let refused = try await Attempt(on: cluster.managerData)
                refused.expect("in use", "\(try cluster.manager.pid)", cluster.managerData.path)
                let found = try await cluster.client.call(
                    "DescribeClusters", ["clusters": ["kept"]])
                #expect(found["clusters"][0]["status"] == "ACTIVE")
            }
        }

        @Test("Not writable: refused, with the folder's name and what to do")
        func notWritable() async throws {
            try await withMount("size=1m,ro") { folder in
                let refused = try await Attempt(on: folder.appendingPathComponent("data"))
                refused.expect(folder.path, "Choose a folder")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            }
        }

        @Test("A file where the folder should be: refused, and the file is as it was")
        func fileInsteadOfFolder() async throws {
            try await withScratch { folder in
                let file = folder.appendingPathComponent("data")
                let contents = Data("not a folder".utf8)
                try contents.write(to: file)
                let refused = try await Attempt(on: file)
                refused.expect(file.path)
                #expect(try Data(contentsOf: file) == contents)
            }
        }

        @Test("Full from the start: refused, and starts once there is room")
        func fullFromTheStart() async throws {
            try await withMount("size=256k") { folder in
                let ballast = folder.appendingPathComponent("ballast")
                fill(ballast)
                let data = folder.appendingPathComponent("data")
                let refused = try await Attempt(on: data)
                refused.expect("No space is left", data.path)
                try run("/bin/mount", "-o", "remount,size=64m", folder.path)
                let manager = try OwnManager(data: data)
                try await manager.answers()
                await manager.end()
            }
        }

        @Test("Contract 1: full while running: the manager ends with a sentence, and loses nothing")
        func fullWhileRunning() async throws {
            try await withMount("size=2m") { folder in
                let data = folder.appendingPathComponent("data")
                let manager = try OwnManager(data: data)
                try await manager.answers()
                var acknowledged = 0
                do {
                    while acknowledged < 2_000 {
                        try await manager.client.call("RegisterTaskDefinition", large(acknowledged))
                        acknowledged += 1
                    }
                } catch {}
                #expect(acknowledged > 5 && acknowledged < 2_000)
                #expect(await manager.process.exitCode() != 0)
                #expect(manager.process.output.contains("journal"), "\(manager.process.output)")
                try run("/bin/mount", "-o", "remount,size=64m", folder.path)
                let next = try OwnManager(data: data)
                try await next.answers()
                for number in 0..<acknowledged {
                    try await next.client.call(
                        "DescribeTaskDefinition", ["taskDefinition": .string("family-\(number)")])
                }
                await next.end()
            }
        }

        @Test("From something else: refused, and not a byte of it is changed", arguments: foreign)
        func foreignFile(_ file: ForeignFile) async throws {
            try await withScratch { folder in
                let journal = folder.appendingPathComponent("journal.db")
                try await file.contents(in: folder).write(to: journal)
                let before = try Data(contentsOf: journal)
                let refused = try await Attempt(on: folder)
                refused.expect(journal.path, file.message)
                #expect(try Data(contentsOf: journal) == before)
            }
        }
    }
}

/// A file that is called like the journal and is none.
enum ForeignFile: String, CaseIterable, Sendable {
    case text, otherDatabase, tornJournal

    var message: String {
        switch self {
        case .text, .otherDatabase: "is not a journal of Muster"
        case .tornJournal: "damaged"
        }
    }

    func contents(in folder: URL) async throws -> Data {
        switch self {
        case .text:
            return Data(String(repeating: "Dear diary, ", count: 1_000).utf8)
        case .otherDatabase:
            let file = folder.appendingPathComponent("other.db")
            try run(
                "\(Programs.clients)/bin/python", "-c",
                """
                import sqlite3, sys
                sqlite3.connect(sys.argv[1]).executescript("create table diary (day)")
                """, file.path)
            return try Data(contentsOf: file)
        case .tornJournal:
            let data = folder.appendingPathComponent("whole")
            let manager = try OwnManager(data: data)
            try await manager.answers()
            for number in 0..<20 {
                try await manager.client.call("RegisterTaskDefinition", large(number))
            }
            await manager.end()
            return try Data(contentsOf: data.appendingPathComponent("journal.db")).dropLast(20_000)
        }
    }
}

private let foreign = ForeignFile.allCases

/// A task definition of about 40 KB.
private func large(_ number: Int) -> JSON {
    [
        "family": .string("family-\(number)"),
        "containerDefinitions": [
            [
                "name": "main", "image": "busybox", "memory": 16,
                "environment": [
                    ["name": "FILL", "value": .string(String(repeating: "x", count: 40_000))]
                ],
            ]
        ],
    ]
}
