import Glibc

/// How much room a file system has for an ordinary user.
package struct DiskRoom: Hashable, Sendable {
    /// Bytes.
    package var size: UInt64
    package var free: UInt64
    /// Files that there may be; 0 where a file system has no such bound.
    package var files: UInt64
    package var filesFree: UInt64

    /// Below a twentieth there is too little, and no more than this is ever asked for.
    package static let freeMinimum: UInt64 = 512 << 20
    package static let filesFreeMinimum: UInt64 = 10_000

    package init(size: UInt64, free: UInt64, files: UInt64 = 0, filesFree: UInt64 = 0) {
        self.size = size
        self.free = free
        self.files = files
        self.filesFree = filesFree
    }

    /// Blocking. `nil` when the kernel does not tell, as of a folder that is gone.
    package init?(of folder: String) {
        var found = statvfs()
        guard statvfs(folder, &found) == 0 else { return nil }
        let block = UInt64(found.f_frsize)
        self.init(
            size: UInt64(found.f_blocks) * block, free: UInt64(found.f_bavail) * block,
            files: UInt64(found.f_files), filesFree: UInt64(found.f_favail))
    }

    /// What is wrong; `nil` while there is enough.
    package func fault(of folder: String) -> String? {
        let least = min(size / 20, Self.freeMinimum)
        if free < least {
            return "the disk of \(folder) has \(free >> 20) MiB left, less than "
                + "\(least >> 20) MiB. Make room on it."
        }
        let filesLeast = min(files / 20, Self.filesFreeMinimum)
        if filesFree < filesLeast {
            return "the disk of \(folder) has room for \(filesFree) more files, less than "
                + "\(filesLeast). Remove some from it."
        }
        return nil
    }
}
