public import ClusterState
import HashTreeCollections
import Identity
import Journal
public import Logging
import ManagerCore
public import Model

/// A manager's data folder while no manager runs in it: the first access key can be made before a
/// manager listens anywhere, and the next one when every key is revoked.
///
/// Blocking; for use on a thread that may wait for a disk.
public struct StoppedManager: Sendable {
    private let journal: Journal
    private let vault: SecretVault
    /// As it was left.
    public let state: ClusterState

    /// Opens a folder, or makes it.
    ///
    /// - Throws: ``ManagerError``, while a manager runs there too.
    public static func open(
        _ folder: String, logger: Logger
    ) async throws(ManagerError) -> StoppedManager {
        let opened: (journal: Journal, recovered: Journal.Recovered)
        // How far back the manager itself looks is not known here: nothing is dropped.
        var limits = Journal.Limits()
        limits.history = 1 << 40
        limits.historyAge = .seconds(36_600 * 86_400)
        do {
            opened = try Journal.open(folder: folder, limits: limits, logger: logger)
        } catch {
            throw .data(error)
        }
        do {
            let vault = try SecretVault.open(ManagerNode.sealingKey(in: folder))
            return StoppedManager(
                journal: opened.journal, vault: vault, state: opened.recovered.state)
        } catch {
            await opened.journal.close()
            throw .identity(error)
        }
    }

    /// Makes a key and ends the work in the folder.
    public func createAccessKey(
        named name: String, isReadOnly: Bool, at now: WallTime
    ) async throws -> (key: AccessKey, secret: String) {
        let (id, secret) = SecretVault.newAccessKey()
        let request = CreateAccessKey(
            id: id, name: name, isReadOnly: isReadOnly, secret: try vault.sealed(secret, for: id))
        let state = try await record(
            state.changes(for: request, at: now), at: now, because: "CreateAccessKey")
        guard let key = state.accessKeys[id] else {
            throw APIError(.server, "The access key was not kept.")
        }
        return (key, secret)
    }

    /// Revokes a key and ends the work in the folder.
    ///
    /// - Returns: The state from then on.
    public func revokeAccessKey(_ id: AccessKeyID, at now: WallTime) async throws -> ClusterState {
        let (_, change) = try state.changes(revoking: id, at: now)
        return try await record(change.map { [$0] } ?? [], at: now, because: "RevokeAccessKey")
    }

    /// Ends the work in the folder.
    public func close() async {
        await journal.close()
    }

    private func record(
        _ changes: [Change], at now: WallTime, because cause: String
    ) async throws -> ClusterState {
        var state = state
        let records = changes.map { change in
            let record = ChangeRecord(
                revision: state.revision + 1, time: now, cause: cause, change: change)
            state.apply(record)
            return record
        }
        var result = Result<Void, JournalError>.success(())
        if !records.isEmpty {
            result = await withCheckedContinuation { continuation in
                journal.append(records) { continuation.resume(returning: $0) }
            }
        }
        await journal.close()
        try result.get()
        return state
    }
}
