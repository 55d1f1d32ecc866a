import Foundation

/// A process that is measured: pinned to a core, told to end by the end of its input, and so gone
/// however this program ends.
final class MeasuredProcess {
    let name: String
    private let process = Process()
    private let input = Pipe()
    private let output: LineReader
    private var clock = clockid_t()
    private let log: String?

    /// - Parameters:
    ///   - core: the one core that it may run on; any if `nil`.
    ///   - environment: variables besides those of this process.
    ///   - log: a file for what it says on standard error; this process's if `nil`.
    init(
        name: String, command: [String], core: Int?, environment: [String: String] = [:],
        log: String? = nil
    ) throws {
        self.name = name
        self.log = log
        // Should this program be killed, so is it.
        let pin =
            ["setpriv", "--pdeathsig", "KILL"] + (core.map { ["taskset", "-c", "\($0)"] } ?? [])
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = pin + command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        if let log {
            try Data().write(to: URL(fileURLWithPath: log))
            process.standardError = FileHandle(forWritingAtPath: log)
        }
        let pipe = Pipe()
        process.standardOutput = pipe
        output = LineReader(pipe.fileHandleForReading)
        try process.run()
        guard clock_getcpuclockid(process.processIdentifier, &clock) == 0 else {
            throw BenchError("the CPU time of \(name) can't be read")
        }
    }

    deinit {
        stop()
    }

    /// The next line that it prints and that begins with a word, without that word.
    func line(after word: String, separatedBy separator: String = " ") throws -> String {
        let start = word + separator
        while let line = output.next() {
            if line.hasPrefix(start) { return String(line.dropFirst(start.count)) }
        }
        throw BenchError("\(name) ended before it said \"\(word)\"\n\(logEnd)")
    }

    /// The last lines of its log.
    var logEnd: String {
        let text = log.flatMap { FileManager.default.contents(atPath: $0) } ?? Data()
        return String(decoding: text.suffix(2_000), as: UTF8.self)
    }

    func tell(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Ends it, at first by asking.
    func stop() {
        guard process.isRunning else { return }
        try? input.fileHandleForWriting.close()
        process.terminate()
        for _ in 0..<300 where process.isRunning { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    // MARK: What it costs

    /// CPU time of all its threads since it began, user and system.
    var cpuNanoseconds: Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// Resident bytes once they have not changed for a while.
    func settledResidentBytes() throws -> Int {
        var last = try residentBytes()
        for _ in 0..<50 {
            usleep(200_000)
            let now = try residentBytes()
            if abs(now - last) < 64 << 10 { return now }
            last = now
        }
        return last
    }

    func residentBytes() throws -> Int {
        try kilobytes("Rss:", in: "smaps_rollup") << 10
    }

    /// The most that was resident since ``forgetPeak()``.
    func peakResidentBytes() throws -> Int {
        try kilobytes("VmHWM:", in: "status") << 10
    }

    func forgetPeak() throws {
        let path = "/proc/\(process.processIdentifier)/clear_refs"
        try Data("5".utf8).write(to: URL(fileURLWithPath: path))
    }

    private func kilobytes(_ key: String, in file: String) throws -> Int {
        let path = "/proc/\(process.processIdentifier)/\(file)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count > 1, let number = Int(words[1]) { return number }
        }
        throw BenchError("\(path) has no \(key)")
    }
}

/// The lines of a pipe, read as they come.
final class LineReader {
    private let handle: FileHandle
    private var rest: [UInt8] = []

    init(_ handle: FileHandle) {
        self.handle = handle
    }

    /// `nil` at the end.
    func next() -> String? {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                defer { rest.removeSubrange(...end) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            let more = handle.availableData
            guard !more.isEmpty else { return nil }
            rest += more
        }
    }
}
