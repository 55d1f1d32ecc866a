public import Logging
public import Model
import NIOConcurrencyHelpers
public import NIOCore
import NIOHTTP1
public import NIOPosix
import Synchronization

/// Serves the task metadata endpoint, version 4, and the one for a task's protection to the
/// containers of a worker.
public final class MetadataServer: Sendable {
    /// Where a port is looked for: below those that Linux gives to outgoing connections, so that
    /// none of them takes it while the agent is away.
    static let ports = 20_000...32_000
    static let attemptsMaximum = 50

    private let key: EndpointKey
    private let host: String
    private let answering: Answering
    private let group: any EventLoopGroup
    private let logger: Logger
    private let connections = Mutex(OpenConnections())
    private let listening: NIOLockedValueBox<(any Channel)?> = NIOLockedValueBox(nil)

    private init(
        key: EndpointKey, host: String, facts: HostFacts, source: any MetadataSource,
        group: any EventLoopGroup, logger: Logger
    ) {
        self.key = key
        self.host = host
        self.group = group
        self.logger = logger
        answering = Answering(key: key, host: facts, source: source) {
            Instant(milliseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000))
        }
    }

    /// Listens on the port that containers were told, or on a new one when none ever was.
    ///
    /// - Parameters:
    ///   - host: the address to listen on.
    ///   - folder: the worker's data folder.
    /// - Returns: `nil` when there can be no endpoint, which the log tells.
    public static func open(
        host: String, folder: String, facts: HostFacts, source: any MetadataSource,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
    ) async -> MetadataServer? {
        let known = try? await NIOThreadPool.singleton.runIfActive { KeyFile.read(in: folder) }
        if let key = known.flatMap(\.self) {
            return MetadataServer(
                key: key, host: host, facts: facts, source: source, group: group, logger: logger)
        }
        for _ in 0..<attemptsMaximum {
            let key = EndpointKey.new(port: Int.random(in: ports))
            let server = MetadataServer(
                key: key, host: host, facts: facts, source: source, group: group, logger: logger)
            guard await server.listen() == nil else { continue }
            let isKept = try? await NIOThreadPool.singleton.runIfActive {
                KeyFile.write(key, in: folder)
            }
            if isKept == true { return server }
            await server.stop()
            logger.error(
                "there is no task metadata endpoint: its key can't be written",
                metadata: ["folder": "\(folder)"])
            return nil
        }
        logger.error(
            "there is no task metadata endpoint: no port is free",
            metadata: ["host": "\(host)", "ports": "\(ports)"])
        return nil
    }

    public var port: Int { key.port }

    /// What a container is told, where it reaches the worker's host by `host`.
    public func environment(
        of container: String, in task: TaskID, host: String
    ) -> [EnvironmentVariable] {
        let id = key.id(of: container, in: task)
        let base = "http://\(host):\(key.port)"
        return [
            EnvironmentVariable(name: "ECS_CONTAINER_METADATA_URI_V4", value: "\(base)/v4/\(id)"),
            EnvironmentVariable(name: "ECS_AGENT_URI", value: "\(base)/api/\(id)"),
        ]
    }

    /// Goes on until it is cancelled. Where another program has the port it is tried again:
    /// containers know no other.
    public func run() async {
        var isTold = false
        while !Task.isCancelled, listening.withLockedValue({ $0 == nil }) {
            guard let problem = await listen() else { break }
            if !isTold {
                logger.error(
                    "the task metadata endpoint can't have the port that containers know, yet",
                    metadata: ["port": "\(key.port)", "reason": "\(problem)"])
                isTold = true
            }
            try? await Task.sleep(for: .seconds(5))
        }
        let (over, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingOldest(1))
        for await _ in over {}
        withExtendedLifetime(continuation) {}
        await stop()
    }

    /// Returns why it can't.
    private func listen() async -> (any Error)? {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
            .childChannelOption(.maxMessagesPerRead, value: 1)
        do {
            let channel = try await bootstrap.bind(host: host, port: key.port).get()
            listening.withLockedValue { $0 = channel }
            return nil
        } catch {
            return error
        }
    }

    private func accept(_ channel: any Channel) throws {
        let peer = channel.remoteAddress?.ipAddress ?? ""
        guard connections.withLock({ $0.enter(peer) }) else {
            throw ChannelError.operationUnsupported
        }
        channel.closeFuture.whenComplete { [self] _ in connections.withLock { $0.leave(peer) } }
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandler(HTTPHandler(answering))
    }

    private func stop() async {
        let channel = listening.withLockedValue { channel in
            defer { channel = nil }
            return channel
        }
        try? await channel?.close()
    }
}
