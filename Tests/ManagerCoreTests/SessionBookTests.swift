import Testing

@testable import ManagerCore
@testable import Model

@Suite("The book of sessions")
struct SessionBookTests {
    private final class Stream: Sendable {}

    private let session = SessionID(high: 1, low: 1)

    private func book() -> SessionBook<Int, Stream> {
        var book = SessionBook<Int, Stream>()
        book.opened(1)
        _ = book.bind(session, to: 1)
        return book
    }

    private func isDeaf(_ hearing: SessionBook<Int, Stream>.Hearing) -> Bool {
        if case .deaf = hearing { true } else { false }
    }

    @Test("Who beats and never asks for a stream is deaf after ten heartbeats")
    func deaf() {
        var book = book()
        let hearings = (0..<11).map { _ in
            isDeaf(book.heard(session, on: 1, acknowledged: 0))
        }
        #expect(hearings == Array(repeating: false, count: 10) + [true])
    }

    @Test("Who waits for its stream is not deaf, however long the manager takes")
    func waiting() {
        var book = book()
        book.opening(session)
        for _ in 0..<100 { #expect(!isDeaf(book.heard(session, on: 1, acknowledged: 0))) }
        book.answered(session)
        let hearings = (0..<11).map { _ in
            isDeaf(book.heard(session, on: 1, acknowledged: 0))
        }
        #expect(hearings.last == true, "the stream that it asked for has ended")
    }

    @Test("Who asks for its stream again and again listens, though it is refused each time")
    func refused() {
        var book = book()
        for _ in 0..<10 {
            for _ in 0..<10 { #expect(!isDeaf(book.heard(session, on: 1, acknowledged: 0))) }
            book.opening(session)
            book.answered(session)
        }
    }
}
