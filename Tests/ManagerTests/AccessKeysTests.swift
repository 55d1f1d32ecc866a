import ClusterState
import Foundation
import HashTreeCollections
import Identity
import LogSupport
import Manager
import ManagerCore
import Model
import Testing

@Suite("Access keys of a manager, running and stopped")
struct AccessKeysTests {
    private func run<Result: Sendable>(
        _ folder: String, _ book: LogBook = LogBook(), demandsKey: Bool = false,
        _ body: (ManagerNode) async throws -> Result
    ) async throws -> Result {
        var configuration = ManagerConfiguration(dataFolder: folder)
        configuration.workerPort = 0
        configuration.security = .plaintext
        configuration.networkLoops = 1
        configuration.demandsAccessKey = demandsKey
        let node = try await ManagerNode.start(configuration, logger: book.logger)
        let running = Task { try await node.run() }
        defer { running.cancel() }
        let result = try await body(node)
        running.cancel()
        try? await running.value
        return result
    }

    private func make(_ folder: String) async throws -> (key: AccessKey, secret: String) {
        try await StoppedManager.open(folder, logger: LogBook().logger)
            .createAccessKey(named: "first", isReadOnly: false, at: WallTime(milliseconds: 1))
    }

    @Test("The first is made while no manager runs; one that demands a key does not start before")
    func first() async throws {
        try await withFolder { folder in
            let refusal = await #expect(throws: ManagerError.self) {
                try await run(folder, demandsKey: true) { _ in }
            }
            guard case .noAccessKey = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            let made = try await make(folder)
            try await run(folder, demandsKey: true) { node in
                let kept = try #require(node.snapshot().accessKeys[made.key.id])
                #expect(kept == made.key && kept.name == "first")
                #expect(node.secret(of: kept) == made.secret)
                let second = try await node.makeAccessKey(named: "", isReadOnly: true)
                #expect(node.snapshot().accessKeys.count == 2)
                #expect(node.secret(of: second.key) == second.secret)
                await #expect(throws: ManagerError.self) { try await make(folder) }
            }
            let stopped = try await StoppedManager.open(folder, logger: LogBook().logger)
            #expect(stopped.state.accessKeys.count == 2)
            let state = try await stopped.revokeAccessKey(
                made.key.id, at: WallTime(milliseconds: 2))
            #expect(state.accessKeys[made.key.id]?.revokedAt == WallTime(milliseconds: 2))
            try await run(folder, demandsKey: true) { node in
                #expect(node.snapshot().accessKeys == state.accessKeys)
            }
        }
    }

    @Test("Nothing that is logged or kept tells a secret; without the sealing key none can be had")
    func secrecy() async throws {
        try await withFolder { folder in
            let book = LogBook()
            let made = try await run(folder, book) { node in
                try await node.makeAccessKey(named: "n", isReadOnly: false)
            }
            #expect(!book.all.contains { $0.contains(made.secret) })
            for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let data = FileManager.default.contents(atPath: folder + "/" + file) ?? Data()
                #expect(data.range(of: Data(made.secret.utf8)) == nil, "\(file)")
            }
            try FileManager.default.removeItem(atPath: folder + "/sealing.key")
            try await run(folder, book) { node in
                #expect(node.secret(of: made.key) == nil)
            }
            #expect(book.lines(with: "can't be unsealed", "\(made.key.id)").count == 1)
            try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/sealing.key"))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: folder + "/sealing.key")
            await #expect(throws: ManagerError.self) { try await run(folder) { _ in } }
        }
    }
}
