import FoundationEssentials
import Glibc

/// An ``EndpointKey`` in a worker's data folder, for its user alone. Blocking.
enum KeyFile {
    /// `nil` when there is none, or one that is damaged: containers that were told it lose the
    /// endpoint, and those to come have another.
    static func read(in folder: String) -> EndpointKey? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(EndpointKey.fileName)")
        else { return nil }
        return EndpointKey(String(decoding: data, as: UTF8.self))
    }

    /// Writes it so that it is there after any crash. Returns false when it can't.
    static func write(_ key: EndpointKey, in folder: String) -> Bool {
        let name = "\(folder)/\(EndpointKey.fileName)"
        let descriptor = open("\(name).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let bytes = Array(key.text.utf8)
        let isWritten =
            Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename("\(name).new", name) == 0 else { return false }
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return false }
        defer { close(parent) }
        return fsync(parent) == 0
    }
}
