import Glibc

/// A folder of the operator's whose files are read by names that others chose: none of them, and no
/// link, leads out of it.
struct ClosedFolder: Hashable, Sendable {
    /// Bytes of one file.
    static let fileMaximum = 1 << 20

    let path: String

    /// The bytes of the file at `name`, a path below the folder; `nil` when there is no such file.
    ///
    /// - Throws: where the name leads out of the folder, or to what is no file that can be read.
    func read(_ name: String) throws(SystemError) -> [UInt8]? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isPlain, !name.utf8.contains(0) else {
            throw SystemError("\"\(name)\" names no file below \(path)", code: EINVAL)
        }
        guard let root = Self.resolved(path) else {
            throw SystemError("can't read the folder \(path)")
        }
        guard let file = Self.resolved("\(root)/\(name)") else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("can't read \(path)/\(name)")
        }
        guard file.hasPrefix(root == "/" ? root : root + "/") else {
            throw SystemError("\(path)/\(name) leads out of \(path)", code: EXDEV)
        }
        return try Self.bytes(of: file)
    }

    private static func bytes(of file: String) throws(SystemError) -> [UInt8] {
        // Neither a pipe nor a device is waited for.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemError("can't read \(file)") }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw SystemError("can't read \(file)") }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw SystemError("\(file) is no file", code: EINVAL)
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw SystemError("can't read \(file)") }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
            guard bytes.count <= fileMaximum else { throw SystemError(file, code: EFBIG) }
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
