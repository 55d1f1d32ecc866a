import Glibc
import Model

/// A worker's folder: held by one agent at a time, with the identity that outlives it.
///
/// Blocking; for use on a thread that may wait for a disk.
final class DataFolder: Sendable {
    /// The instance that the worker was when the folder was opened.
    let identity: InstanceID?
    private let path: String
    /// Holds the lock for as long as it is open.
    private let lock: Int32

    private static let lockName = "agent.lock"
    private static let identityName = "identity"
    private static let header = "muster worker identity, version 1"

    /// Makes the folder if need be and takes it, or says why not. Nothing of it is changed then.
    init(_ path: String) throws(WorkerError) {
        self.path = path
        if mkdir(path, 0o755) != 0, errno != EEXIST {
            throw Self.unusable("the data folder \(path) can't be made", errno)
        }
        try Self.refuseForeign(path)
        let lock = open("\(path)/\(Self.lockName)", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else {
            throw Self.unusable("the data folder \(path) can't be written", errno)
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw WorkerError(
                .folderInUse,
                "another worker runs on the data folder \(path); stop it, or give this one a "
                    + "folder of its own with --data")
        }
        do {
            identity = try Self.readIdentity("\(path)/\(Self.identityName)")
        } catch {
            close(lock)
            throw error
        }
        self.lock = lock
    }

    deinit {
        close(lock)
    }

    /// Writes the identity so that it is there after any crash: a whole new file in place of the
    /// old.
    func save(_ instance: InstanceID) throws(WorkerError) {
        let name = "\(path)/\(Self.identityName)"
        let new = "\(name).new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.unusable("\(new) can't be written", errno) }
        let bytes = Array("\(Self.header)\n\(instance)\n".utf8)
        let written = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let problem = errno
        close(descriptor)
        guard written else { throw Self.unusable("\(new) can't be written", problem) }
        guard rename(new, name) == 0 else {
            throw Self.unusable("\(name) can't be put in place", errno)
        }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw Self.unusable("the data folder \(path) can't be opened", errno)
        }
        defer { close(folder) }
        guard fsync(folder) == 0 else {
            throw Self.unusable("the data folder \(path) can't be synced", errno)
        }
    }

    /// A folder that no agent used before must not hold files of something else.
    private static func refuseForeign(_ path: String) throws(WorkerError) {
        guard access("\(path)/\(lockName)", F_OK) != 0 else { return }
        guard let folder = opendir(path) else {
            throw unusable("the data folder \(path) can't be read", errno)
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            guard Int(entry.pointee.d_type) != Int(DT_DIR) else { continue }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw WorkerError(
                .folderUnusable,
                "the folder \(path) is not a worker's: it holds \(name). Give an empty or new "
                    + "folder with --data")
        }
    }

    private static func readIdentity(_ path: String) throws(WorkerError) -> InstanceID? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw unusable("\(path) can't be read", errno)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw unusable("\(path) can't be read", errno) }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, lines[0] == header, lines[2].isEmpty,
            let instance = InstanceID(lines[1])
        else {
            throw WorkerError(
                .folderUnusable,
                "\(path) is damaged or not a worker's identity. Restore it, or move it away to "
                    + "join the cluster as a new instance; tasks that still run here are then "
                    + "stopped")
        }
        return instance
    }

    private static func unusable(_ what: String, _ code: Int32) -> WorkerError {
        WorkerError(.folderUnusable, "\(what): \(String(cString: strerror(code)))")
    }
}
