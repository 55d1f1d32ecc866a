import Glibc

/// Files that hold a secret: for this user alone, whole or not there at all.
///
/// Blocking; for use on a thread that may wait for a disk.
public enum PrivateFile {
    /// A secret is small; what is larger is something else.
    private static let sizeMaximum = 1 << 20

    /// Writes a file so that after any crash it is there as it was before or as it is now.
    public static func write(_ text: String, to path: String) throws(IdentityError) {
        let draft = path + ".new"
        try writeInPlace(text, to: draft)
        guard rename(draft, path) == 0 else { throw failure("\(path) can't be put in place") }
        try sync(folder(of: path))
    }

    /// Writes a file that nobody looks for yet.
    static func writeInPlace(_ text: String, to path: String) throws(IdentityError) {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("\(path) can't be written") }
        let bytes = Array(text.utf8)
        let isWritten =
            Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let problem = errno
        close(descriptor)
        guard isWritten else { throw failure("\(path) can't be written", problem) }
    }

    /// The text of a file, or `nil` if there is none. Refuses one that others may read.
    public static func read(_ path: String) throws(IdentityError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("\(path) can't be read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("\(path) can't be read") }
        try refuseOpen(status, path)
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= sizeMaximum else {
            throw IdentityError(.data, "\(path) is not a file of Muster's; move it away.")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        guard Glibc.read(descriptor, &bytes, bytes.count) == bytes.count else {
            throw failure("\(path) can't be read")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A key that others can read is no proof of anything.
    static func refuseOpen(_ status: stat, _ path: String) throws(IdentityError) {
        guard status.st_mode & 0o077 == 0 else {
            throw IdentityError(
                .data,
                "\(path) holds a private key and is open to other users. If nobody else has read "
                    + "it, close it with 'chmod go= \(path)'.")
        }
        guard status.st_uid == geteuid() else {
            throw IdentityError(
                .data,
                "\(path) holds a private key and belongs to user \(status.st_uid), not to this "
                    + "one. Start as that user, or give it to this one with 'chown'.")
        }
    }

    static func sync(_ path: String) throws(IdentityError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("\(path) can't be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("\(path) can't be synced") }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// - Parameter problem: `errno`, which is the caller's to keep.
    static func failure(_ what: String, _ problem: Int32 = errno) -> IdentityError {
        IdentityError(.file, "\(what): \(String(cString: strerror(problem))).")
    }
}
