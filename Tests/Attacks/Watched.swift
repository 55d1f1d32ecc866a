import Foundation

/// The memory of a process, in KiB.
struct Memory {
    var pid: Int32

    func resident() throws -> Int { try status("VmRSS") }

    /// The most that was resident since ``forgetPeak()``.
    func peak() throws -> Int { try status("VmHWM") }

    func forgetPeak() throws {
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/\(pid)/clear_refs"))
    }

    private struct Unknown: Error {
        var text: String
    }

    private func status(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        let number = line?.split { !$0.isNumber }.first.flatMap { Int($0) }
        guard let number else { throw Unknown(text: text) }
        return number
    }
}

/// The counters of defences among a server's metrics.
enum Defences {
    /// The label `kind` and the count of a line, if it is one of them.
    static func read(_ line: some StringProtocol) -> (kind: String, count: Int)? {
        let prefix = "muster_rpc_defences_total{kind=\""
        guard line.hasPrefix(prefix) else { return nil }
        let parts = line.dropFirst(prefix.count).components(separatedBy: "\"} ")
        guard parts.count == 2, let count = Int(parts[1]) else { return nil }
        return (parts[0], count)
    }
}
