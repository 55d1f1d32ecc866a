import Glibc

/// What a person sees. Each line goes out whole and at once, so that progress is seen as it happens
/// also through a pipe.
enum Terminal {
    static func say(_ line: String = "") {
        write(line + "\n", to: STDOUT_FILENO)
    }

    /// Starts each line with the name of what it is about.
    static func say(_ subject: String, _ line: String) {
        let padding = String(repeating: " ", count: max(1, 11 - subject.count))
        say(subject + padding + line)
    }

    static func complain(_ message: String) {
        write("muster: \(message)\n", to: STDERR_FILENO)
    }

    /// Puts `text` in place of all that is on the screen.
    static func show(screen text: String) {
        write("\u{1B}[H\u{1B}[2J" + text, to: STDOUT_FILENO)
    }

    static var isScreen: Bool { isatty(STDOUT_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return }
            bytes = bytes.dropFirst(max(0, count))
        }
    }
}
