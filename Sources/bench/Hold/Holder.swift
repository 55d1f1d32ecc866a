import Identity
import NIOCore
import NIOPosix
import NIOSSL

/// Opens connections, a bounded number at a time, and keeps them. Confined to its event loop.
final class Holder: HolderEvents {
    /// Connections on their way at a time.
    private static let openingMaximum = 64
    /// Longer than this nothing takes.
    private static let patience = TimeAmount.seconds(120)

    private let port: Int
    private let count: Int
    private let hasStreams: Bool
    private let tls: NIOSSLContext?
    private let loop: any EventLoop
    private var begun = 0
    private var readyCount = 0
    private var messagesLeft = 0
    private var since = NIODeadline.now()
    /// What is being waited for.
    private var promise: EventLoopPromise<TimeAmount>?
    private var timer: Scheduled<Void>?
    /// Why nothing that is measured from here on can be believed.
    private var failure: BenchError?

    init(port: Int, count: Int, hasStreams: Bool, tls: NIOSSLContext?, loop: any EventLoop) {
        self.port = port
        self.count = count
        self.hasStreams = hasStreams
        self.tls = tls
        self.loop = loop
    }

    /// The time until all connections are ready.
    func hold() -> EventLoopFuture<TimeAmount> {
        let future = wait()
        for _ in 0..<min(Self.openingMaximum, count) { openNext() }
        return future
    }

    /// The time from asking for a message to every stream until the last has it.
    func push() -> EventLoopFuture<TimeAmount> {
        let future = wait()
        messagesLeft = count
        let request = RawFrames.request(
            path: BenchSamples.pushPath, message: [], stream: 1, isTLS: tls != nil)
        // A connection of its own each time: the stream's number is then always the same.
        connect(HeldConnection(request: request, events: Control()))
        return future
    }

    private func wait() -> EventLoopFuture<TimeAmount> {
        if let failure { return loop.makeFailedFuture(failure) }
        let promise = loop.makePromise(of: TimeAmount.self)
        self.promise = promise
        since = .now()
        timer = loop.assumeIsolated().scheduleTask(in: Self.patience) {
            self.closed("nothing happened for \(Self.patience.nanoseconds / 1_000_000_000) s")
        }
        return promise.futureResult
    }

    private func finish() {
        timer?.cancel()
        promise?.succeed(.now() - since)
        promise = nil
    }

    private func openNext() {
        guard begun < count else { return }
        begun += 1
        let request =
            hasStreams
            ? RawFrames.request(
                path: BenchSamples.assignmentsPath, message: BenchSamples.heldAssignments,
                stream: 1, isTLS: tls != nil) : []
        connect(HeldConnection(request: request, events: self))
    }

    private func connect(_ connection: HeldConnection) {
        let events = NIOLoopBound(self, eventLoop: loop)
        let handler = NIOLoopBound(connection, eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(
                                context: tls, serverHostname: WorkerCredential.managerName))
                    }
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenFailure { error in events.value.closed("can't connect: \(error)") }
    }

    // MARK: HolderEvents

    func ready() {
        readyCount += 1
        if readyCount == count { finish() }
        openNext()
    }

    func message() {
        messagesLeft -= 1
        if messagesLeft == 0 { finish() }
    }

    func closed(_ reason: String) {
        guard failure == nil else { return }
        let failure = BenchError(reason)
        self.failure = failure
        timer?.cancel()
        promise?.fail(failure)
        promise = nil
    }

    /// The connection that asks for a push: its answer and its end are no events.
    private final class Control: HolderEvents {
        func ready() {}
        func message() {}
        func closed(_ reason: String) {}
    }
}
