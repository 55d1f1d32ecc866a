import Glibc

/// A stopped manager's folder, held together with other readers so that no manager starts in it.
final class FolderShare: Sendable {
    private let lock: Int32
    private let memory: String?

    /// Checks that the folder has a journal. A copy of a folder has no lock, and needs none.
    init(_ folder: String) throws(JournalError) {
        lock = open(folder + "/lock", O_RDONLY | O_CLOEXEC)
        if lock >= 0, flock(lock, LOCK_SH | LOCK_NB) != 0 {
            let holder = DataFolder.holder(lock)
            close(lock)
            throw .locked(folder: folder, holder: holder)
        }
        let file = folder + "/journal.db"
        // SQLite makes its shared memory for a reader too, and leaves it.
        memory = access(file + "-shm", F_OK) == 0 ? nil : file + "-shm"
        guard let header = try DataFolder.head(of: file, count: 100) else {
            throw .unusable(file: file, reason: "there is no such file")
        }
        try Format.check(header: header, file: file)
    }

    /// Leaves the folder as it was.
    func end() {
        if let memory { unlink(memory) }
        if lock >= 0 { flock(lock, LOCK_UN) }
    }

    deinit {
        if lock >= 0 { close(lock) }
    }
}
