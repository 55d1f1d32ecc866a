import DequeModule
import Identity
import NIOCore
import NIOPosix
import NIOSSL

/// Many workers in one process, on one event loop, to which it is confined.
final class Fleet: FleetEvents {
    /// Connections on their way at a time.
    private static let openingMaximum = 256
    /// Longer than this nothing takes.
    private static let patience = TimeAmount.seconds(300)
    /// From being told of a task until it runs, as long as a container takes.
    private static let starting = TimeAmount.seconds(1)
    /// Between two looks at who has a heartbeat or a report due.
    private static let tick = TimeAmount.milliseconds(50)

    private let members: [FleetMember]
    private let port: Int
    private let loop: any EventLoop
    private var workers: [FleetWorker] = []
    private var begun = 0
    /// Whose heartbeat is due when, the next first, while nothing is measured.
    private var beatsDue: Deque<(at: NIODeadline, worker: FleetWorker)> = []
    /// Whose tasks have started when, the next first.
    private var startsDue: Deque<(at: NIODeadline, worker: FleetWorker)> = []
    /// Every answered heartbeat is followed by the next, up to this moment.
    private var beatsUntil: NIODeadline?
    private var beats = 0
    /// The same of reports of usage.
    private var usageUntil: NIODeadline?
    private var usages = 0
    private var marked = 0
    /// What is waited for, and when it came true.
    private var goal: (() -> Bool)?
    private var promise: EventLoopPromise<NIODeadline>?
    private var timer: Scheduled<Void>?
    /// Why nothing that is measured from here on can be believed.
    private var failure: BenchError?

    init(members: [FleetMember], port: Int, loop: any EventLoop) {
        self.members = members
        self.port = port
        self.loop = loop
    }

    // MARK: What it is asked for

    /// Connects all. Answers with the moment at which the last was there.
    func connect() -> EventLoopFuture<NIODeadline> {
        let future = wait { self.workers.count == self.members.count }
        for _ in 0..<min(Self.openingMaximum, members.count) { openNext() }
        keepTime()
        return future
    }

    /// Sends heartbeats as fast as they are answered. Answers with how many were.
    func beat(for time: TimeAmount) -> EventLoopFuture<Int> {
        beats = 0
        let end = NIODeadline.now() + time
        beatsUntil = end
        let future = wait { .now() >= end && !self.workers.contains { $0.isBeating } }
        for worker in workers { worker.beat() }
        return future.assumeIsolated().map { _ in
            self.beatsUntil = nil
            return self.beats
        }.nonisolated()
    }

    /// Tells what containers use, again as fast as it is answered. Answers with how often it was.
    func tellUsage(for time: TimeAmount) -> EventLoopFuture<Int> {
        usages = 0
        let end = NIODeadline.now() + time
        usageUntil = end
        let future = wait { .now() >= end && !self.workers.contains { $0.isTellingUsage } }
        for worker in workers { worker.tellUsage() }
        return future.assumeIsolated().map { _ in
            self.usageUntil = nil
            return self.usages
        }.nonisolated()
    }

    /// Looks out for the next change of each worker's assignments.
    func mark() {
        for worker in workers { worker.isMarked = true }
        marked = workers.count
    }

    /// Answers with the moment at which the last marked worker had its change.
    func touched() -> EventLoopFuture<NIODeadline> {
        wait { self.marked == 0 }
    }

    /// Waits until each worker runs so many tasks, by the manager's answer.
    func running(_ count: Int) -> EventLoopFuture<NIODeadline> {
        wait { self.workers.allSatisfy { $0.running.count == count } }
    }

    // MARK: Waiting

    private func wait(_ goal: @escaping () -> Bool) -> EventLoopFuture<NIODeadline> {
        if let failure { return loop.makeFailedFuture(failure) }
        let promise = loop.makePromise(of: NIODeadline.self)
        self.promise = promise
        self.goal = goal
        timer = loop.assumeIsolated().scheduleTask(in: Self.patience) {
            self.failed("nothing happened for \(Self.patience.nanoseconds / 1_000_000_000) s")
        }
        look()
        return promise.futureResult
    }

    private func look() {
        guard let goal, goal() else { return }
        self.goal = nil
        timer?.cancel()
        promise?.succeed(.now())
        promise = nil
    }

    // MARK: Connections

    private func openNext() {
        guard begun < members.count else { return }
        let member = members[begun]
        let worker = FleetWorker(number: begun, member: member, events: self)
        begun += 1
        let fleet = NIOLoopBound(self, eventLoop: loop)
        let handler = NIOLoopBound(worker, eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls = member.tls {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(
                                context: tls, serverHostname: WorkerCredential.managerName))
                    }
                    try pipeline.addHandler(handler.value)
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenFailure { error in fleet.value.failed("can't connect: \(error)") }
    }

    /// Each worker's heartbeat when it is due, so that none is taken for lost, and its reports.
    private func keepTime() {
        loop.assumeIsolated().scheduleTask(in: Self.tick) {
            let now = NIODeadline.now()
            while let next = self.beatsDue.first, next.at <= now {
                self.beatsDue.removeFirst()
                if self.beatsUntil == nil { next.worker.beat() }
                self.awaitBeat(of: next.worker, from: now)
            }
            while let next = self.startsDue.first, next.at <= now {
                self.startsDue.removeFirst()
                next.worker.reportNews()
            }
            self.look()
            self.keepTime()
        }
    }

    private func awaitBeat(of worker: FleetWorker, from now: NIODeadline) {
        let period = TimeAmount.milliseconds(max(worker.heartbeatPeriod, 1))
        beatsDue.append((now + period, worker))
    }

    // MARK: FleetEvents

    func connected(_ worker: FleetWorker) {
        workers.append(worker)
        awaitBeat(of: worker, from: .now())
        openNext()
        look()
    }

    func touched(_ worker: FleetWorker) {
        marked -= 1
        look()
    }

    func heartbeatAnswered(_ worker: FleetWorker) {
        guard let beatsUntil else { return }
        beats += 1
        if .now() < beatsUntil { worker.beat() }
    }

    func usageAnswered(_ worker: FleetWorker) {
        guard let usageUntil else { return }
        usages += 1
        if .now() < usageUntil { worker.tellUsage() }
    }

    func assigned(_ worker: FleetWorker) {
        startsDue.append((.now() + Self.starting, worker))
    }

    func reportAnswered(_ worker: FleetWorker) {}

    func failed(_ reason: String) {
        guard failure == nil else { return }
        let failure = BenchError(reason)
        self.failure = failure
        timer?.cancel()
        promise?.fail(failure)
        promise = nil
    }
}
