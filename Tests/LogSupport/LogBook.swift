package import Logging
import Synchronization

/// What was logged, as lines of level, message and sorted metadata.
package final class LogBook: Sendable {
    private struct State {
        var lines: [String] = []
        /// Yields at each new line, for who waits.
        var news: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var all: [String] { state.withLock { $0.lines } }

    /// The lines that hold all the words.
    package func lines(with words: String...) -> [String] { lines(with: words) }

    private func lines(with words: [String]) -> [String] {
        all.filter { line in words.allSatisfy { line.contains($0) } }
    }

    /// Waits for a line that holds all the words; the test's time limit ends the wait.
    ///
    /// - Returns: The lines that do. What is told of an answer may come just after it.
    @discardableResult
    package func wait(for words: String...) async throws -> [String] {
        let (news, feed) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        defer { feed.finish() }
        state.withLock { $0.news.append(feed) }
        feed.yield()
        for await _ in news {
            let found = lines(with: words)
            if !found.isEmpty { return found }
        }
        throw CancellationError()
    }

    private func add(_ line: String) {
        let news = state.withLock { state in
            state.lines.append(line)
            return state.news
        }
        for feed in news { feed.yield() }
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
            book.add("\(event.level) \(event.message) \(facts)")
        }
    }
}
