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
    func read() -> EventCursor? {
        guard let data = FileManager.default.contents(atPath: path),
            let stored = try? JSONDecoder().decode(Stored.self, from: data),
            stored.url == target.url
        else { return nil }
        return EventCursor(stored.after)
    }

    /// Replaces the file as a whole. Without a sync: after a power cut some events come again.
    func write(_ cursor: EventCursor) throws {
        let data = try JSONEncoder().encode(Stored(url: target.url, after: "\(cursor)"))
        let draft = path + ".new"
        // The address may hold a secret.
        guard
            FileManager.default.createFile(
                atPath: draft, contents: data, attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: draft]) }
        guard rename(draft, path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
    }
}
