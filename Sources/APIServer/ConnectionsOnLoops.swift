import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// HTTP/1.1 connections whose requests are handled on the connection's own event loop.
///
/// On the concurrency pool a request changes threads with each part that is read or written, and
/// each change wakes one that sleeps: a fifth of what a small call costs. What would hold a loop up
/// for longer goes back to the pool (`offLoop`) or has a thread of its own (``Inquiries``).
struct ConnectionsOnLoops: ServerChildChannel {
    let http: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}

/// Does on the concurrency pool what works, or frees, for more than a moment: looks through all
/// tasks of a cluster, say. Other connections of the loop go on meanwhile.
func offLoop<Answer, Failure: Error>(
    _ body: () async throws(Failure) -> Answer
) async throws(Failure) -> Answer {
    try await withTaskExecutorPreference(globalConcurrentExecutor) {
        () async throws(Failure) in try await body()
    }
}

/// Runs the jobs of one connection on its event loop. Those that come while one runs go without a
/// look at the sockets in between.
private final class LoopExecutor: TaskExecutor {
    private struct Jobs {
        var waiting: [UnownedJob] = []
        var isRunDue = false
    }

    /// Before the loop's other connections have their turn.
    private static let turnMaximum = 32

    private let loop: any EventLoop
    private let jobs = Mutex(Jobs())

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = jobs.withLock { jobs in
            jobs.waiting.append(job)
            defer { jobs.isRunDue = true }
            return !jobs.isRunDue
        }
        if isFirst { loop.execute { self.run() } }
    }

    private func run() {
        for _ in 0..<Self.turnMaximum {
            let next = jobs.withLock { jobs -> UnownedJob? in
                jobs.isRunDue = !jobs.waiting.isEmpty
                return jobs.isRunDue ? jobs.waiting.removeFirst() : nil
            }
            guard let next else { return }
            next.runSynchronously(on: asUnownedTaskExecutor())
        }
        loop.execute { self.run() }
    }
}
