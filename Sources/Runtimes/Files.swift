import CProcess
import FoundationEssentials
import Glibc

/// The few operations on files that this module needs.
enum Files {
    /// Makes a folder and those above it. Not an error when it is there.
    static func makeFolder(_ path: String, mode: Int) throws(SystemError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: mode])
        } catch {
            throw SystemError("can't make the folder \(path)")
        }
    }

    /// The names in a folder, sorted; none when there is no such folder.
    static func names(in path: String) throws(SystemError) -> [String] {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw SystemError("can't read the folder \(path)")
        }
    }

    /// Whether there is something by that name. An answer that can't be had counts as yes.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)
    }

    /// A small file's bytes; `nil` when there is no such file.
    static func read(_ path: String) throws(SystemError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("can't read \(path)")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw SystemError("can't read \(path)") }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
        }
    }

    /// Replaces a file atomically and durably.
    static func write(_ bytes: [UInt8], as name: String, in folder: String) throws(SystemError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("can't open the folder \(folder)") }
        defer { close(descriptor) }
        try checked(
            cprocess_write_record(descriptor, name, bytes, bytes.count),
            "can't write \(folder)/\(name)")
    }

    /// Makes the names in a folder durable.
    static func sync(_ folder: String) throws(SystemError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("can't open the folder \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError("can't sync \(folder)") }
    }

    static func rename(_ path: String, to destination: String) throws(SystemError) {
        guard Glibc.rename(path, destination) == 0 else { throw SystemError("can't move \(path)") }
    }

    /// Removes a file, or a folder with all in it, as far as it goes.
    static func remove(_ path: String) {
        if (try? FileManager.default.removeItem(atPath: path)) != nil { return }
        // Only root may empty a folder that a container made read-only.
        unlock(path)
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Lets this user change all folders at and below `path`. Follows no links.
    private static func unlock(_ path: String) {
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { return }
        _ = chmod(path, 0o700)
        for name in (try? names(in: path)) ?? [] { unlock("\(path)/\(name)") }
    }

    static func size(_ path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : 0
    }

    /// Seconds since 1970 at which the file or folder changed; 0 when there is none.
    static func changed(_ path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mtim.tv_sec : 0
    }
}
