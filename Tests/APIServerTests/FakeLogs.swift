import ECSAPI
import Model
import Synchronization

/// Workers whose tasks write what a test says, when it says it.
final class FakeLogs: LogReader {
    private let all = Mutex<[FakeLog]>([])

    func logs(_ order: LogOrder, on instance: InstanceID) async throws(APIError) -> FakeLog {
        let log = FakeLog(order)
        all.withLock { $0.append(log) }
        return log
    }

    var readings: [FakeLog] { all.withLock { $0 } }
}

final class FakeLog: LogSource {
    let order: LogOrder
    private let said = AsyncStream.makeStream(of: LogOutput.self)
    private let ended = Mutex(false)

    init(_ order: LogOrder) { self.order = order }

    func say(_ output: LogOutput) { said.continuation.yield(output) }

    func finish() { said.continuation.finish() }

    var isEnded: Bool { ended.withLock { $0 } }

    func next() async -> LogOutput? {
        var outputs = said.stream.makeAsyncIterator()
        return await outputs.next()
    }

    func end() {
        ended.withLock { $0 = true }
        finish()
    }
}
