import CRI
import Logging
import Model
import RPC
import Runtimes
import Synchronization
import Testing

extension RuntimesTests {
    /// With a containerd of values.
    @Suite struct Containerd {}
}

/// A data folder, a fake containerd, and agents on them.
final class ContainerdStage: Sendable {
    let fixture: Fixture
    let containerd: FakeContainerd

    init() async throws {
        fixture = try Fixture()
        containerd = try await FakeContainerd(folder: fixture.dataFolder)
    }

    deinit {
        Task { [containerd] in await containerd.stop() }
    }

    /// Dropping it is the agent's death.
    func agent(
        pulls: ImagePullBehavior = .default, startsMaximum: Int = 4,
        sources: EnvironmentSources = EnvironmentSources()
    ) async throws -> ContainerdAgent {
        let agent = ContainerdAgent(
            try await ContainerdRuntime(
                .init(
                    socket: containerd.socket, dataFolder: fixture.dataFolder, pulls: pulls,
                    sources: sources, startsMaximum: startsMaximum),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
        await agent.runtime.observe { [weak agent] event in
            agent?.events.withLock { $0.append(event) }
        }
        return agent
    }
}

final class ContainerdAgent: Sendable {
    let runtime: ContainerdRuntime
    let events = Mutex<[RuntimeEvent]>([])

    init(_ runtime: ContainerdRuntime) { self.runtime = runtime }

    @discardableResult
    func run(_ spec: TaskSpec) async throws -> StartedContainer {
        try await runtime.prepare(spec)
        return try await runtime.start(spec.key)
    }

    func exits(of key: ContainerKey) -> [ContainerExit] {
        events.withLock { events in
            events.compactMap { event in
                guard case .exited(key, let exit) = event else { return nil }
                return exit
            }
        }
    }

    func exit(of key: ContainerKey) async throws -> ContainerExit {
        try await eventually("the end of \(key.name)") { !self.exits(of: key).isEmpty }
        return try #require(exits(of: key).first)
    }
}

/// The error of work that must throw one.
func refusal(_ work: () async throws(RuntimeError) -> Void) async -> RuntimeError? {
    do throws(RuntimeError) {
        try await work()
        return nil
    } catch {
        return error
    }
}
