import Foundation
import Logging
import Model
import ServiceLifecycle
import Worker

/// A folder of its own for a test, removed with it.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "muster-worker-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
}

/// One agent under a service group, as the command runs it.
struct RunningAgent {
    let group: ServiceGroup
    let task: Task<Void, any Error>

    init(
        _ configuration: WorkerConfiguration, _ runtime: FakeRuntime,
        logger: Logger = Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() }
    ) {
        let agent = WorkerAgent(configuration: configuration, runtime: runtime, logger: logger)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: agent)], logger: logger))
        self.group = group
        task = Task { try await group.run() }
    }

    /// A graceful end, as SIGTERM brings it.
    func stop() async throws {
        await group.triggerGracefulShutdown()
        try await task.value
    }
}

extension WorkerConfiguration {
    static func test(
        port: Int, folder: ScratchFolder, stopTasks: Bool = false
    ) -> WorkerConfiguration {
        var configuration = WorkerConfiguration(
            name: "worker-1", managers: ["127.0.0.1:\(port)"], dataFolder: folder.path,
            resources: Resources(cpu: 1_024, memory: 512), agentVersion: "test")
        configuration.security = .plaintext
        configuration.servesMetadata = false
        configuration.stopTasksOnShutdown = stopTasks
        return configuration
    }
}

func task(_ number: UInt64) -> TaskSpec {
    TaskSpec(
        id: TaskID(high: 0, low: number),
        arn: "arn:aws:ecs:us-east-1:000000000000:task/default/\(number)", cluster: "default",
        family: "web", revision: 1, group: "service:web",
        containers: [ContainerDefinition(name: "web", image: "image", command: ["serve"])],
        containerIDs: [ContainerID(high: number, low: 1)])
}
