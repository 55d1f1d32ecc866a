import Foundation
import Glibc

/// The folder of a journal, locked for one process as long as this value lives.
final class DataFolder: Sendable {
    let path: String
    private let lock: Int32

    var journal: String { path + "/journal.db" }
    /// A journal in the making; it gets its name when it is whole.
    var draft: String { path + "/journal.db.new" }

    /// Makes the folder if it is not there, for this user alone, and takes its lock.
    init(_ path: String) throws(JournalError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw .folder(path, reason: error.localizedDescription)
        }
        lock = Glibc.open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw errno == ENOSPC ? .full(folder: path) : .folder(path, reason: systemReason())
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw .locked(folder: path, holder: Self.holder(lock))
        }
        // For people who ask who holds it; the lock itself is the kernel's.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(lock, 0) == 0 { _ = pwrite(lock, text, text.count, 0) }
    }

    deinit {
        close(lock)
    }

    /// Lets another process have the folder.
    func unlock() {
        flock(lock, LOCK_UN)
    }

    /// Whether so little space is left that a write can't have failed for another reason.
    static func isFull(_ path: String) -> Bool {
        var space = statvfs()
        guard statvfs(path, &space) == 0 else { return false }
        return UInt64(space.f_bavail) * UInt64(space.f_frsize) < 65_536
    }

    /// Removes what the reading connection shared with none: the writing one keeps that in memory.
    func removeSharedMemory() {
        unlink(journal + "-shm")
    }

    static func holder(_ lock: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(lock, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count], as: UTF8.self).filter { $0 != "\n" })
    }

    /// Gives the draft the journal's name, so that a power loss leaves either nothing or all of it.
    func publishDraft() throws(JournalError) {
        try sync(draft)
        guard rename(draft, journal) == 0 else { throw failure() }
        try sync(path)
        try sync((path as NSString).deletingLastPathComponent)
    }

    /// The first `count` bytes of a file, fewer if it is shorter; `nil` if there is none.
    static func head(of file: String, count: Int) throws(JournalError) -> [UInt8]? {
        let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .unusable(file: file, reason: systemReason())
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(descriptor, &bytes, count, 0)
        guard got >= 0 else { throw .unusable(file: file, reason: systemReason()) }
        return Array(bytes[..<got])
    }

    /// Makes an empty file that only this user can read, in place of an older one.
    func makeDraft() throws(JournalError) {
        for file in [draft, draft + "-journal", draft + "-wal"] { unlink(file) }
        let descriptor = Glibc.open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        close(descriptor)
    }

    private func sync(_ name: String) throws(JournalError) {
        let descriptor = Glibc.open(name.isEmpty ? "." : name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    private func failure() -> JournalError {
        errno == ENOSPC ? .full(folder: path) : .folder(path, reason: systemReason())
    }
}

/// What `errno` says.
private func systemReason() -> String {
    String(cString: strerror(errno))
}
