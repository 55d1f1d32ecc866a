public import Logging
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
        var agent = AgentLoop(
            core: makeCore(identity: folder.identity, credentials), inbox: inbox,
            runtime: runtime, folder: folder, joining: credentials.map(joining),
            usage: UsageLoop(
                runtime: runtime, meter: UsageMeter(), inbox: inbox,
                period: configuration.usagePeriod, logger: logger), loop: loop, logger: logger)
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

    private func joining(_ credentials: Credentials) -> Joining {
        Joining(
            credentials: credentials, name: configuration.name, cluster: configuration.cluster,
            region: configuration.region, loop: loop, logger: logger)
    }

    private func makeCore(identity: InstanceID?, _ credentials: Credentials?) -> WorkerCore {
        var system = SystemRandomNumberGenerator()
        let agent = AgentID(high: system.next(), low: system.next())
        var settings = WorkerCore.Settings(
            name: configuration.name, cluster: configuration.cluster,
            region: configuration.region, agent: agent, managers: configuration.managers,
            resources: configuration.resources,
            attributes: configuration.allAttributes(with: runtime.attributes),
            agentVersion: configuration.agentVersion, runtime: runtime.name)
        settings.stopTimeout = configuration.stopTimeout
        settings.security = credentials == nil ? .plaintext : .mutualTLS
        return WorkerCore(
            settings: settings, identity: identity, certificate: credentials?.times,
            seed: system.next())
    }
}
