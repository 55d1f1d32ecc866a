import CProcess
import Glibc
import Model

/// Small records of a container's folder: lines of `key value`, which the supervisor writes too.
struct Record {
    var fields: [String: String] = [:]

    init(_ bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let space = line.firstIndex(of: " ") else { continue }
            fields[String(line[..<space])] = String(line[line.index(after: space)...])
        }
    }

    func number<Number: LosslessStringConvertible>(_ key: String) -> Number? {
        fields[key].flatMap { Number($0) }
    }
}

/// The container's process, as the supervisor recorded it before it let it run.
struct StartedRecord: Hashable, Sendable {
    var pid: pid_t
    /// With pid and boot this names one process for ever (see `cprocess_stat`).
    var start: UInt64
    var boot: String
    var at: WallTime

    init?(_ record: Record) {
        guard let pid: pid_t = record.number("pid"), pid > 1,
            let start: UInt64 = record.number("start"),
            let boot = record.fields["boot"], let at: Int64 = record.number("at")
        else { return nil }
        self.pid = pid
        self.start = start
        self.boot = boot
        self.at = WallTime(milliseconds: at)
    }
}

/// How the container ended.
struct ExitRecord: Hashable, Sendable {
    var code: Int?
    /// ECS's name of an error, such as `OutOfMemoryError`.
    var error: String?
    var reason: String?
    var finished: WallTime

    init(code: Int? = nil, error: String? = nil, reason: String?, finished: WallTime = .now()) {
        self.code = code
        self.error = error
        self.reason = reason
        self.finished = finished
    }

    init?(_ record: Record) {
        guard let finished: Int64 = record.number("finished") else { return nil }
        self.init(
            code: record.number("code"), error: record.fields["error"],
            reason: record.fields["reason"], finished: WallTime(milliseconds: finished))
    }

    var bytes: [UInt8] {
        var text = "finished \(finished.milliseconds)\n"
        if let code { text += "code \(code)\n" }
        if let error { text += "error \(error)\n" }
        if let reason { text += "reason \(reason)\n" }
        return Array(text.utf8)
    }

    /// Set when the program never ran.
    var startFailure: RuntimeError? {
        guard let error, error == RuntimeError.cannotStart else { return nil }
        return RuntimeError(name: error, message: reason ?? "")
    }

    var containerExit: ContainerExit {
        let text = error.map { "\($0): \(reason ?? "")" } ?? reason
        return ContainerExit(code: code, reason: text, finishedAt: finished)
    }
}

/// ECS's names of what goes wrong with a container.
extension RuntimeError {
    static let cannotCreate = "CannotCreateContainerError"
    static let cannotCreateVolume = "CannotCreateVolumeError"
    static let cannotInitialize = "ResourceInitializationError"
    static let cannotInspect = "CannotInspectContainerError"
    static let cannotRemove = "CannotRemoveContainerError"
    static let cannotStart = "CannotStartContainerError"
    static let cannotStop = "CannotStopContainerError"

    static func cannotStart(_ message: String) -> RuntimeError {
        RuntimeError(name: cannotStart, message: message)
    }

    static func cannotCreate(_ message: String) -> RuntimeError {
        RuntimeError(name: cannotCreate, message: message)
    }
}

extension WallTime {
    static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(
            milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// The id of this boot of the host; empty where the kernel doesn't tell.
func currentBoot() -> String {
    var text = [CChar](repeating: 0, count: 37)
    guard cprocess_boot_id(&text) == 0 else { return "" }
    return String(decoding: text.prefix(36).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
