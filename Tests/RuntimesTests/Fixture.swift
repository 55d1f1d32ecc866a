import FoundationEssentials
import Glibc
import Model
import Runtimes
import Synchronization
import Testing

/// Everything that runs real processes: one test at a time.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RuntimesTests {}

/// A data folder for one test. What a test leaves running dies with it.
final class Fixture: Sendable {
    let dataFolder: String

    init() throws {
        var random = SystemRandomNumberGenerator()
        dataFolder = "/tmp/muster-runtimes-\(random.next())"
        try FileManager.default.createDirectory(
            atPath: dataFolder, withIntermediateDirectories: false)
    }

    deinit {
        _ = try? PowerLoss.cut(dataFolder: dataFolder)
        try? FileManager.default.removeItem(atPath: dataFolder)
    }

    /// A worker's agent on this folder. Dropping it is the agent's death: no method is called.
    func agent(
        imageMap: [String: [String]] = [:], outputMaximum: Int = 10 << 20,
        finishedTasksMaximum: Int = 100, sources: EnvironmentSources = EnvironmentSources()
    ) async throws -> Agent {
        let runtime = try ProcessRuntime(
            .init(
                dataFolder: dataFolder, imageMap: imageMap, outputMaximum: outputMaximum,
                finishedTasksMaximum: finishedTasksMaximum, sources: sources))
        let agent = Agent(runtime: runtime)
        await runtime.observe { event in agent.events.withLock { $0.append(event) } }
        return agent
    }

    func folder(of key: ContainerKey) -> String { "\(dataFolder)/tasks/\(key.task)/\(key.name)" }

    func record(_ name: String, of key: ContainerKey) throws -> [String: String] {
        let text = try String(contentsOfFile: folder(of: key) + "/" + name, encoding: .utf8)
        let pairs = text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
        return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
    }

    /// What a container wrote to its output or its errors, as its files have it.
    func output(_ key: ContainerKey, errors: Bool = false) throws -> String {
        let places = ["tasks", "finished"].flatMap { place in
            ["output.log.1", "output.log"].map {
                "\(dataFolder)/\(place)/\(key.task)/\(key.name)/\($0)"
            }
        }
        var text: [UInt8] = []
        for path in places {
            let bytes = FileManager.default.contents(atPath: path).map { Array($0) } ?? []
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                let line = try #require(LogLine(line))
                guard line.isError == errors else { continue }
                text += line.text + (line.isWhole ? Array("\n".utf8) : [])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    func files(below path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: dataFolder + "/" + path).sorted()
    }

    /// The pid of the supervisor that has this container's folder as its argument.
    func supervisor(of key: ContainerKey) -> pid_t? {
        let wanted = Array("muster-supervisor\0\(folder(of: key))\0".utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.first { pid in
            FileManager.default.contents(atPath: "/proc/\(pid)/cmdline").map { Array($0) } == wanted
        }
    }
}

final class Agent: Sendable {
    let runtime: ProcessRuntime
    let events = Mutex<[RuntimeEvent]>([])

    init(runtime: ProcessRuntime) { self.runtime = runtime }

    func exits(of key: ContainerKey) -> [ContainerExit] {
        events.withLock { events in
            events.compactMap { event in
                guard case .exited(key, let exit) = event else { return nil }
                return exit
            }
        }
    }

    /// Waits for the container's end.
    func exit(of key: ContainerKey) async throws -> ContainerExit {
        try await eventually("the end of \(key.name)") { !self.exits(of: key).isEmpty }
        return try #require(exits(of: key).first)
    }

    /// Waits for as many ends of one container's runs.
    func exits(_ count: Int, of key: ContainerKey) async throws -> [ContainerExit] {
        try await eventually("\(count) ends of \(key.name)") {
            self.exits(of: key).count >= count
        }
        return exits(of: key)
    }

    /// Prepares and starts a task of one container.
    @discardableResult
    func run(_ spec: TaskSpec) async throws -> StartedContainer {
        try await runtime.prepare(spec)
        return try await runtime.start(spec.key)
    }

    func state(of key: ContainerKey) async throws -> FoundContainer? {
        let tasks = try await runtime.list()
        return tasks.first { $0.spec.id == key.task }?.containers.first { $0.name == key.name }
    }
}

extension TaskSpec {
    /// A task of the containers given.
    static func of(_ containers: ContainerDefinition...) -> TaskSpec {
        var random = SystemRandomNumberGenerator()
        let id = TaskID(high: random.next(), low: random.next())
        return TaskSpec(
            id: id, arn: "arn:aws:ecs:us-east-1:000000000000:task/default/\(id)",
            cluster: "default", family: "test", revision: 1, group: "family:test",
            containers: containers,
            containerIDs: containers.map { _ in
                ContainerID(high: random.next(), low: random.next())
            })
    }

    /// A task of one container that runs a shell script.
    static func shell(
        _ script: String, environment: [EnvironmentVariable] = [], ports: [PortMapping] = [],
        change: (inout ContainerDefinition) -> Void = { _ in }
    ) -> TaskSpec {
        var container = ContainerDefinition(
            name: "main", image: "shell", command: ["sh", "-c", script], environment: environment,
            portMappings: ports)
        change(&container)
        return .of(container)
    }

    /// The first container.
    var key: ContainerKey { ContainerKey(task: id, name: containers[0].name) }
}

/// Waits until the condition holds; fails after ten seconds.
func eventually(
    _ what: String, _ condition: () async throws -> Bool,
    location: SourceLocation = #_sourceLocation
) async throws {
    let clock = ContinuousClock()
    let limit = clock.now + .seconds(10)
    while try await !condition() {
        guard clock.now < limit else {
            Issue.record("not within ten seconds: \(what)", sourceLocation: location)
            throw CancellationError()
        }
        // Between two looks at real processes; what ends the wait is the condition.
        try await clock.sleep(for: .milliseconds(5))
    }
}

/// Whether a process runs; a zombie doesn't.
func isAlive(_ pid: pid_t) -> Bool {
    guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
    let rest = String(decoding: stat, as: UTF8.self).split(separator: ")").last ?? ""
    return !rest.hasPrefix(" Z")
}

/// The pids, one a line, that a script wrote.
func pids(_ text: String) -> [pid_t] { text.split(separator: "\n").compactMap { pid_t($0) } }
