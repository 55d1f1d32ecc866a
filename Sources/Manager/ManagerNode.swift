public import ClusterState
import Identity
import Journal
public import Logging
import ManagerCore
public import Model
import NIOCore
import NIOPosix
import RPC
import RPCServices
public import ServiceLifecycle
import Synchronization
import Wire

/// A running manager: the core with its clocks, journal and network.
///
/// One event loop owns the core (``CoreLoop``); workers' connections live on loops of their own.
/// Heartbeats are answered there without waking the core.
public final class ManagerNode: ServiceLifecycle.Service, Sendable {
    let logger: Logger
    /// For what is told of strangers.
    let strangers: StrangerLog
    let journal: Journal
    private let reader: PastReader
    let inbox = Inbox(maximum: ManagerConfiguration.inboxMaximum)
    let callers = Callers()
    let sessions = SessionTable()
    let execs = WorkerAnswers<ExecKind, ExecSession>(execBounds)
    let logReadings = WorkerAnswers<LogKind, LogSession>(logBounds)
    let health = Health()
    let changes = ChangeTap()
    let leases: Mutex<LeaseTable>
    let usageBook = Mutex(UsageBook())
    /// `nil` when workers prove nothing.
    let identity: ManagerIdentity?
    let vault: SecretVault
    let coreGroup: MultiThreadedEventLoopGroup
    let networkGroup: MultiThreadedEventLoopGroup
    let coreLoop: any EventLoop
    /// Touched on `coreLoop` alone.
    let loop: NIOLoopBoundBox<CoreLoop>
    /// Touched on `coreLoop` alone.
    let isClosing: NIOLoopBoundBox<Bool>
    private let published: PublishedState
    private let ending = AsyncStream.makeStream(
        of: ManagerError.self, bufferingPolicy: .bufferingOldest(1))
    private let listening = Mutex<(server: RPCServer, port: Int)?>(nil)

    /// Opens the journal, listens for workers and starts to judge their silence.
    ///
    /// - Throws: ``ManagerError`` with a text for a person.
    public static func start(
        _ configuration: ManagerConfiguration, logger: Logger
    ) async throws(ManagerError) -> ManagerNode {
        let journal: Journal
        let recovered: Journal.Recovered
        let reader: PastReader
        let identity: ManagerIdentity?
        do {
            (journal, recovered) = try Journal.open(
                folder: configuration.dataFolder, limits: journalLimits(configuration),
                logger: logger)
        } catch {
            throw .data(error)
        }
        do {
            reader = try journal.past()
        } catch {
            await journal.close()
            throw .data(error)
        }
        guard !configuration.demandsAccessKey || recovered.state.demandsSignatures else {
            await journal.close()
            throw .noAccessKey
        }
        let vault: SecretVault
        do {
            identity = try ManagerIdentity(configuration, logger)
            vault = try SecretVault.open(sealingKey(in: configuration.dataFolder))
        } catch {
            await journal.close()
            throw .identity(error)
        }
        warn(of: recovered.state, vault, logger)
        let node = ManagerNode(
            configuration, (journal, reader), recovered, (identity, vault), logger)
        do {
            try await node.listen(configuration)
        } catch {
            await node.close()
            throw .listen(
                "the manager can't listen for workers on "
                    + "\(configuration.workerHost):\(configuration.workerPort): \(error.message)")
        }
        return node
    }

    /// What seals the secrets of access keys.
    static func sealingKey(in folder: String) -> String { folder + "/sealing.key" }

    /// ``CoreLoop`` bounds what waits for the journal; a refusal here would be the end.
    private static func journalLimits(_ configuration: ManagerConfiguration) -> Journal.Limits {
        var limits = Journal.Limits()
        limits.unsettled = .max
        limits.history = configuration.historyRecords
        limits.historyAge = configuration.historyAge
        return limits
    }

    private init(
        _ configuration: ManagerConfiguration, _ data: (journal: Journal, past: PastReader),
        _ recovered: Journal.Recovered, _ secrets: (ManagerIdentity?, SecretVault),
        _ logger: Logger
    ) {
        self.logger = logger
        strangers = StrangerLog(logger)
        journal = data.journal
        reader = data.past
        (identity, vault) = secrets
        coreGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        networkGroup = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.networkLoops ?? System.coreCount)
        coreLoop = coreGroup.next()
        leases = Mutex(
            LeaseTable(settings: configuration.settings.heartbeat, now: Clocks.monotonic))
        published = PublishedState(recovered.state)
        isClosing = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: coreLoop)
        loop = NIOLoopBoundBox.makeBoxSendingValue(
            CoreLoop(
                recovered: recovered.state, settings: configuration.settings,
                bounds: ManagerConfiguration.unsettledMaximum, seed: recovered.seed,
                at: Clocks.now),
            eventLoop: coreLoop)
    }

    /// Whole new leases count from here, where workers can be heard.
    private func listen(_ configuration: ManagerConfiguration) async throws(RPCError) {
        var limits = RPCServerConfiguration()
        limits.streamBufferMaximum = ManagerConfiguration.assignmentsMaximum
        limits.connectionBufferMaximum = ManagerConfiguration.connectionBufferMaximum
        limits.concurrentStreamMaximum = ManagerConfiguration.streamsPerConnectionMaximum
        limits.requestBufferMaximum = ManagerConfiguration.requestBufferMaximum
        let server = RPCServer(
            group: networkGroup, methods: workerMethods + standardMethods, configuration: limits,
            tls: identity?.tls, logger: logger,
            onConnectionClosed: { [self] connection in connectionClosed(connection) })
        let address = try await server.start(
            host: configuration.workerHost, port: configuration.workerPort)
        listening.withLock { $0 = (server, address.port ?? configuration.workerPort) }
        coreLoop.execute { [self] in
            begin()
            judgeSilence()
        }
        logger.info(
            "manager listens for workers",
            metadata: [
                "address": "\(address)", "tls": identity == nil ? "none" : "mutual",
            ])
    }

    /// Closes every connection that a worker's certificate opened.
    func expel(_ workers: [WorkerID]) {
        guard !workers.isEmpty, let server = listening.withLock({ $0?.server }) else { return }
        let endings = workers.map { "/\($0)" }
        server.closeConnections { identity in
            endings.contains { identity?.hasSuffix($0) == true }
        }
    }

    /// Connections that stand at the door.
    var arrivingCount: Int { listening.withLock { $0?.server }?.arrivingCount ?? 0 }

    /// The port on which workers reach this manager.
    public var workerPort: Int { listening.withLock { $0?.port } ?? 0 }

    /// Serves until it is told to stop or the journal fails.
    public func run() async throws {
        let failure = await cancelWhenGracefulShutdown { [stream = ending.stream] in
            await stream.first { _ in true }
        }
        await close()
        if let failure { throw failure }
    }

    /// Stops serving; everything acknowledged is on disk.
    private func close() async {
        health.shutDown()
        execs.close()
        logReadings.close()
        let server = listening.withLock { $0?.server }
        await server?.shutdown(limit: .seconds(2))
        reader.close()
        await journal.close()
        failCallers("The manager is stopping.")
        try? await coreLoop.submit { self.isClosing.value = true }.get()
        try? await networkGroup.shutdownGracefully()
        try? await coreGroup.shutdownGracefully()
    }

    func fail(_ error: ManagerError) {
        ending.continuation.yield(error)
    }

    func publish(_ snapshot: ClusterState) {
        published.publish(snapshot)
    }

    /// What was: the changes that are kept. It reads from disk, so ask it on a thread of your own.
    public var past: any Past { reader }

    /// The newest durable state.
    public func snapshot() -> ClusterState {
        published.value
    }

    /// What containers use now.
    public func usage() -> UsageReading {
        UsageReading(usageBook.withLock { $0 }, at: Clocks.monotonic)
    }

    /// Carries out a command; returns when it is durable.
    ///
    /// - Returns: What the command gives, and a snapshot that holds it.
    public func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        let result = await withCheckedContinuation { continuation in
            guard let call = callers.add(.api { continuation.resume(returning: $0) }) else {
                continuation.resume(
                    returning: .failure(APIError(.server, "The manager is stopping.")))
                return
            }
            if !post(.command(call, command)) {
                settle(call, with: APIError(.throttling, "Rate exceeded"))
            }
        }
        return try result.get()
    }

    private func settle(_ call: CallID, with error: APIError) {
        if case .api(let answer) = callers.take(call) { answer(.failure(error)) }
    }
}
