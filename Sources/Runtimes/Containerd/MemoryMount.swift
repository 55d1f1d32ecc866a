import CProcess
import FoundationEssentials
import Glibc
import Model

/// A folder in memory that the worker mounts and containerd binds into a container: CRI has no word
/// for tmpfs, nor for the size of /dev/shm.
struct MemoryMount: Hashable, Sendable {
    /// In the container.
    var path: String
    /// On the host: an empty folder, to be mounted over.
    var hostPath: String
    private var isExecutable = false
    private var allowsSUID = false
    private var allowsDevices = false
    private var isReadOnly = false
    private var data: [String]

    /// - Throws: a sentence on what it asks for that can't be had.
    init(_ folder: MemoryFolder, hostPath: String, of container: String) throws(RuntimeError) {
        path = folder.path
        self.hostPath = hostPath
        guard path.hasPrefix("/") else {
            throw .cannotCreate(
                "containerPath \"\(path)\" of a tmpfs of \(container) is not an absolute path.")
        }
        guard folder.size > 0 else {
            // None would be without any bound.
            throw .cannotCreate("\(path) of \(container) needs a size of 1 MiB or more.")
        }
        data = ["size=\(folder.size)m", "mode=1777"]
        for option in folder.options {
            guard take(option) else {
                throw .cannotCreate(
                    "the mount option \"\(option)\" of \(path) of \(container) is none that "
                        + "this runtime gives. There are rw, ro, exec, noexec, suid, nosuid, dev, "
                        + "nodev, mode=, uid=, gid= and nr_inodes=.")
            }
        }
    }

    private mutating func take(_ option: String) -> Bool {
        switch option {
        case "defaults", "rw": break
        case "ro": isReadOnly = true
        case "exec", "noexec": isExecutable = option == "exec"
        case "suid", "nosuid": allowsSUID = option == "suid"
        case "dev", "nodev": allowsDevices = option == "dev"
        default:
            let parts = option.split(separator: "=", omittingEmptySubsequences: false)
            // Digits alone: a comma would begin another option.
            guard parts.count == 2, ["mode", "uid", "gid", "nr_inodes"].contains(parts[0]),
                !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { return false }
            data.append(option)
        }
        return true
    }

    /// Mounts it anew, empty.
    func make() throws(SystemError) {
        try Files.makeFolder(hostPath, mode: 0o700)
        let result = data.joined(separator: ",").withCString { text in
            var options = cprocess_memory_mount(
                executable: isExecutable ? 1 : 0, suid: allowsSUID ? 1 : 0,
                devices: allowsDevices ? 1 : 0, read_only: isReadOnly ? 1 : 0, data: text)
            return cprocess_mount_memory(hostPath, &options)
        }
        try checked(result, "can't mount a tmpfs on \(hostPath)")
    }

    /// Unmounts all that is below a folder, whoever mounted it: the kernel's list is the truth.
    static func removeAll(below folder: String) throws(SystemError) {
        // The kernel's list knows no symbolic links.
        guard let resolved = realpath(folder, nil) else { return }
        defer { free(resolved) }
        let folder = String(cString: resolved)
        let list = String(decoding: try Files.read("/proc/self/mountinfo") ?? [], as: UTF8.self)
        let points = list.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? unescaped(fields[4]) : nil
        }
        // The last mounted first.
        for point in points.reversed() where point.hasPrefix(folder + "/") {
            try checked(cprocess_unmount(point), "can't unmount \(point)")
        }
    }

    /// Spaces and the like are octal there, as in `\040`.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "\\"), rest.count >= 4,
                let value = UInt8(
                    String(decoding: rest.dropFirst().prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether containerd sees what this process mounts: otherwise it would bind the disk beneath,
    /// without any bound.
    static func arePossible(by socket: String) -> Bool {
        let owner = cprocess_socket_owner(socket)
        guard owner > 0, let own = namespace("self") else { return false }
        return namespace(String(owner)) == own
    }

    private static func namespace(_ process: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/\(process)/ns/mnt", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
