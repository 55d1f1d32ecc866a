import ECSAPI
import Foundation

/// The file that says up to where a receiver has taken all events, so that a manager that starts
/// again goes on there.
struct WebhookPlace: Sendable {
    private let path: String
    private let target: WebhookTarget

    private struct Stored: Codable {
        /// Whose place it is.
        var url: String
        var after: String
    }

    init(path: String, target: WebhookTarget) {
        self.path = path
        self.target = target
    }

    /// `nil` when there is none for this receiver.
    ///
    /// - Throws: When there is a file that does not say.
    func read() throws -> EventCursor? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let stored = try JSONDecoder().decode(Stored.self, from: data)
        guard stored.url == target.url else { return nil }
        guard let cursor = EventCursor(stored.after) else {
            throw CocoaError(.fileReadCorruptFile, userInfo: [NSFilePathErrorKey: path])
        }
        return cursor
    }

    /// Replaces the file as a whole; a power cut leaves this one or the one before.
    func write(_ cursor: EventCursor) throws {
        let data = try JSONEncoder().encode(Stored(url: target.url, after: "\(cursor)"))
        let draft = path + ".new"
        // The address may hold a secret.
        guard
            FileManager.default.createFile(
                atPath: draft, contents: data, attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: draft]) }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: draft))
        try file.synchronize()
        try file.close()
        guard rename(draft, path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
    }
}
