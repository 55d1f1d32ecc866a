import Model
import Synchronization

/// A command whose program can't be run.
struct UnrunnableCommand: RunningCommand {
    /// As shells have it.
    private static let notFound: Int32 = 127
    private static let notRun: Int32 = 126

    private let words: Once
    private let code: Int32

    private final class Once: Sendable {
        private let bytes: Mutex<[UInt8]?>
        init(_ text: String) { bytes = Mutex(Array(text.utf8)) }

        func take() -> [UInt8]? {
            bytes.withLock { bytes in
                defer { bytes = nil }
                return bytes
            }
        }
    }

    /// - Parameter reason: As containerd tells it.
    init(_ program: String, reason: String) {
        let isMissing =
            reason.contains("executable file not found")
            || reason.contains("no such file or directory")
        code = isMissing ? Self.notFound : Self.notRun
        words = Once("muster exec: can't run \"\(program.prefix(200))\": \(reason)\n")
    }

    func output() async -> [UInt8]? { nil }
    func errors() async -> [UInt8]? { words.take() }
    func write(_ bytes: [UInt8]) async {}
    func endInput() async {}
    func resize(_ size: TerminalSize) {}
    func kill() {}
    func exitCode() async -> Int32? { code }
}
