import ECSAPI
import Foundation
import Logging
import Manager
import Model

/// Access keys in the data folder of a manager that does not run: the first one, or the next when
/// all are revoked.
enum StoppedKeys {
    static func create(
        named name: String, isReadOnly: Bool, in folder: String
    ) async throws(Failure) -> NewAccessKey {
        try await work(in: folder) { manager in
            try AccessKeyEndpoint.check(name: name)
            let made = try await manager.createAccessKey(
                named: name, isReadOnly: isReadOnly, at: now())
            return NewAccessKey(id: "\(made.key.id)", secret: made.secret)
        }
    }

    static func list(in folder: String) async throws(Failure) -> AccessKeyReport {
        try await work(in: folder) { AccessKeyReport($0.state) }
    }

    static func revoke(_ id: String, in folder: String) async throws(Failure) -> RevokedAccessKey {
        guard let id = AccessKeyID(id) else {
            throw Failure(
                .usage, "'\(id)' is no id of an access key; `muster key list` shows them.")
        }
        return try await work(in: folder) { manager in
            RevokedAccessKey(id, try await manager.revokeAccessKey(id, at: now()))
        }
    }

    private static func work<Answer>(
        in path: String, _ body: (StoppedManager) async throws -> Answer
    ) async throws(Failure) -> Answer {
        let folder = PastSource.folder(Home.absolute(path))
        if let owner = NodeFolder(path: folder).owner() {
            throw Failure(
                .busy,
                "A manager (pid \(owner.pid)) runs on \(folder). Leave out --data to ask it, or "
                    + "stop it first.")
        }
        let claim = try NodeFolder(path: folder).claim()
        defer { withExtendedLifetime(claim) {} }
        let manager: StoppedManager
        do {
            manager = try await StoppedManager.open(
                folder, logger: Log.make("muster.key", .warning))
        } catch {
            throw Failure(error)
        }
        do {
            let answer = try await body(manager)
            await manager.close()
            return answer
        } catch {
            await manager.close()
            throw Failure(.usage, (error as? APIError)?.message ?? "\(error)")
        }
    }

    private static func now() -> WallTime {
        WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}
