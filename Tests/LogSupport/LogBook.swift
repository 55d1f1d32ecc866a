package import Logging
import Synchronization

/// What was logged, as lines of level, message and sorted metadata.
package final class LogBook: Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    package var all: [String] { lines.withLock { $0 } }

    /// The lines that hold all the words.
    package func lines(with words: String...) -> [String] {
        all.filter { line in words.allSatisfy { line.contains($0) } }
    }

    /// Waits for a line that holds all the words; the test's time limit ends the wait.
    package func wait(for words: String...) async throws {
        while !all.contains(where: { line in words.allSatisfy { line.contains($0) } }) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    package var logger: Logger {
        var logger = Logger(label: "test") { [self] _ in Handler(book: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            book.lines.withLock { $0.append("\(event.level) \(event.message) \(facts)") }
        }
    }
}
