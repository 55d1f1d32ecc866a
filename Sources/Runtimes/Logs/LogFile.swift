import Glibc

/// One file of a container's output while it is read. For one thread at a time.
final class LogFile {
    /// Bytes that are read at a time.
    private static let block = 64 << 10
    /// What has no end by then is no line of ours: the longest part and what stands before it.
    static let lineMaximum = 64 << 10
    /// What is looked through line by line rather than halved.
    private static let stretch = 128 << 10

    /// What the file is, whatever its name is now.
    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    let identity: Identity
    private let descriptor: Int32
    /// Where the next block begins.
    private var offset = 0
    private var buffer: [UInt8] = []
    /// Where the next line begins in it.
    private var start = 0

    /// `nil` when there is no such file.
    init?(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        identity = Identity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }

    deinit {
        close(descriptor)
    }

    /// What file has that name now.
    static func identity(of path: String) -> Identity? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return Identity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }

    /// The next line that makes sense; `nil` at the end for now.
    func next() -> LogLine? {
        while true {
            if let end = Self.end(of: buffer, from: start) {
                defer { start = end + 1 }
                if let line = LogLine(buffer[start..<end]) { return line }
                continue
            }
            buffer.removeFirst(start)
            start = 0
            if buffer.count > Self.lineMaximum { buffer = [] }
            let more = read(at: offset, Self.block)
            guard !more.isEmpty else { return nil }
            offset += more.count
            buffer += more
        }
    }

    /// Goes on near the first line of that time or later, and not behind it. Nothing was read yet.
    func seek(since time: Int64) {
        var low = offset
        var high = size
        while high - low > Self.stretch {
            let middle = low + (high - low) / 2
            if let (line, end) = line(after: middle), line.time < time {
                low = end
            } else {
                high = middle
            }
        }
        offset = low
    }

    /// Goes on with the last so many lines. Nothing was read yet.
    ///
    /// - Returns: How many there are.
    func seek(tail lines: Int) -> Int {
        var found = 0
        var end = size
        while end > offset {
            let begin = max(offset, end - Self.block)
            let bytes = read(at: begin, end - begin)
            for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
                if found == lines {
                    offset = begin + index + 1
                    return found
                }
                found += 1
            }
            end = begin
        }
        return found
    }

    /// The first line that begins after a place, and where it ends.
    private func line(after place: Int) -> (line: LogLine, end: Int)? {
        let bytes = read(at: place, Self.stretch / 2)
        guard var start = Self.end(of: bytes, from: 0).map({ $0 + 1 }) else { return nil }
        while let end = Self.end(of: bytes, from: start) {
            if let line = LogLine(bytes[start..<end]) { return (line, place + end + 1) }
            start = end + 1
        }
        return nil
    }

    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, start < bytes.count,
                let end = memchr(base + start, 0x0A, bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(end) - base
        }
    }

    private var size: Int {
        var info = stat()
        return fstat(descriptor, &info) == 0 ? Int(info.st_size) : 0
    }

    /// Nothing where it can't be read.
    private func read(at place: Int, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            var result = -1
            repeat {
                result = pread(descriptor, buffer.baseAddress, count, off_t(place))
            } while result < 0 && errno == EINTR
            used = max(0, result)
        }
    }
}
