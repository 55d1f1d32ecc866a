public import Logging
import MetadataEndpoint
import Model
public import NIOCore
public import NIOPosix
import RPC
public import Runtimes
public import ServiceLifecycle
import TaskLifecycle
import WorkerCore

/// A worker's agent: joins a cluster and runs what the manager assigns.
///
/// ``run()`` goes on, whatever happens to the manager, until a graceful shutdown or cancellation.
/// It leaves containers running, for the next agent on the same data folder to find, unless
/// ``WorkerConfiguration/stopTasksOnShutdown`` is set; a cancelled agent always leaves them.
public final class WorkerAgent: ServiceLifecycle.Service {
    private let configuration: WorkerConfiguration
    private let runtime: any ContainerRuntime
    private let loop: any EventLoop
    private let logger: Logger

    /// - Parameter group: one of its event loops carries the agent and its connection.
    public init(
        configuration: WorkerConfiguration, runtime: any ContainerRuntime,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
    ) {
        self.configuration = configuration
        self.runtime = runtime
        loop = group.next()
        self.logger = logger
    }

    /// Throws ``WorkerError`` when a setting is wrong, the data folder can't be had, or the runtime
    /// can't tell what it runs. A manager that can't be reached is no error: the agent keeps
    /// trying.
    public func run() async throws {
        try configuration.validate()
        let path = configuration.dataFolder
        let (folder, credentials) = try await NIOThreadPool.singleton.runIfActive {
            [configuration] in
            let folder = try DataFolder(path)
            guard case .mutualTLS(let token) = configuration.security else {
                return (folder, nil as Credentials?)
            }
            return (folder, try Credentials(configuration, token: token, at: Clock.now.wall))
        }
        let inbox = Inbox()
        let recovered = try await recover(into: inbox)
        logger.info(
            "worker starts",
            metadata: [
                "worker": "\(configuration.name)", "cluster": "\(configuration.cluster)",
                "tasks": "\(recovered.count)",
            ])
        let meter = UsageMeter()
        let endpoint = await openEndpoint(MetadataQuestions(inbox: inbox, meter: meter))
        let surroundings = ContainerSurroundings(
            endpoint: endpoint, givesNetworks: runtime.givesNetworks)
        var agent = AgentLoop(
            core: makeCore(identity: folder.identity, credentials, endpoint?.port), inbox: inbox,
            runtime: runtime, folder: folder, joining: credentials.map(joining),
            usage: UsageLoop(
                runtime: runtime, meter: meter, inbox: inbox,
                period: configuration.usagePeriod, logger: logger),
            health: HealthLoop(
                runtime: runtime, folder: path, inbox: inbox,
                period: configuration.examinationPeriod),
            surroundings: surroundings, loop: loop, logger: logger)
        let stopTasks = configuration.stopTasksOnShutdown
        let limit = configuration.shutdownLimit
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withTaskExecutorPreference(LoopExecutor(loop)) {
                    await agent.run(from: .started(recovered))
                }
            } onGracefulShutdown: {
                inbox.post(.shutDown(stopTasks: stopTasks, within: limit))
            }
        } onCancel: {
            inbox.post(.shutDown(stopTasks: false, within: .zero))
        }
        logger.info("worker ends", metadata: ["worker": "\(configuration.name)"])
    }

    /// What the runtime holds. It is observed first, so that an end falls into the list, the inbox,
    /// or both, but never between them.
    private func recover(into inbox: Inbox) async throws(WorkerError) -> [RecoveredTask] {
        await runtime.observe { inbox.post(WorkerCore.Event($0)) }
        do throws(RuntimeError) {
            return try await runtime.list().map { RecoveredTask($0) }
        } catch {
            throw WorkerError(
                .runtime, "the \(runtime.name) runtime can't list its tasks: \(error.reason)")
        }
    }

    /// On loopback, or where containers of other networks reach it too.
    private func openEndpoint(_ questions: MetadataQuestions) async -> MetadataServer? {
        guard configuration.servesMetadata else { return nil }
        let zone = configuration.allAttributes(with: runtime.attributes)
            .first { $0.name == "ecs.availability-zone" }?.value
        return await MetadataServer.open(
            host: runtime.givesNetworks ? "0.0.0.0" : "127.0.0.1",
            folder: configuration.dataFolder,
            facts: HostFacts(
                availabilityZone: zone ?? "", cores: HostResources.cores,
                memory: UInt64(HostResources.memory.total) << 20),
            source: questions, logger: logger)
    }

    private func joining(_ credentials: Credentials) -> Joining {
        Joining(
            credentials: credentials, name: configuration.name, cluster: configuration.cluster,
            region: configuration.region, loop: loop, logger: logger)
    }

    /// - Parameter port: the endpoint's, which is not to be given to tasks.
    private func makeCore(
        identity: InstanceID?, _ credentials: Credentials?, _ port: Int?
    ) -> WorkerCore {
        var system = SystemRandomNumberGenerator()
        let agent = AgentID(high: system.next(), low: system.next())
        var settings = WorkerCore.Settings(
            name: configuration.name, cluster: configuration.cluster,
            region: configuration.region, agent: agent, managers: configuration.managers,
            resources: configuration.resources,
            attributes: configuration.allAttributes(with: runtime.attributes),
            agentVersion: configuration.agentVersion, runtime: runtime.name)
        if let port, !settings.resources.tcpPorts.contains(port) {
            settings.resources.tcpPorts.append(port)
        }
        settings.stopTimeout = configuration.stopTimeout
        settings.security = credentials == nil ? .plaintext : .mutualTLS
        return WorkerCore(
            settings: settings, identity: identity, certificate: credentials?.times,
            seed: system.next())
    }
}
