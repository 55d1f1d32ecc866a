import Foundation
import Logging
import Model
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import MetadataEndpoint

/// A worker with one task.
private final class Source: MetadataSource {
    let known = knownTask()
    let changes = Mutex<[TaskProtectionChange?]>([])
    let sample = UsageSample(
        at: WallTime(milliseconds: 1_000), cpuTime: 1, hostCPUTime: 2, memory: 3)

    func task(_ id: TaskID) async -> KnownTask? { id == known.spec.id ? known : nil }

    func usage(
        of container: String, in task: TaskID
    ) -> (newest: UsageSample, earlier: UsageSample?)? {
        container == "web" ? (sample, nil) : nil
    }

    func protection(
        of task: TaskID, _ change: TaskProtectionChange?
    ) async throws(ProtectionProblem) -> TaskProtectionAnswer {
        changes.withLock { $0.append(change) }
        guard let change else { return .failure(reason: "TASK_NOT_VALID", detail: "why") }
        if change.minutes == 0 { throw ProtectionProblem(.invalid, "too short") }
        return .protected(until: change.isEnabled ? WallTime(milliseconds: 5_000) : nil)
    }
}

/// A folder and servers on it.
private final class Place: Sendable {
    let folder = NSTemporaryDirectory() + "muster-metadata-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Runs `body` with a server, as an agent has it.
    func serve(
        _ source: Source, _ body: (MetadataServer) async throws -> Void
    ) async throws {
        let server = try #require(
            await MetadataServer.open(
                host: "127.0.0.1", folder: folder, facts: host, source: source,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let running = Task { await server.run() }
        let result = await Result.catching { try await body(server) }
        running.cancel()
        await running.value
        try result.get()
    }
}

extension Result where Failure == any Error {
    static func catching(_ body: () async throws -> Success) async -> Self {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}

@Suite("The task metadata endpoint on loopback", .serialized, .timeLimit(.minutes(1)))
struct ServerTests {
    private let source = Source()

    private func variables(_ server: MetadataServer, of container: String = "web") -> [String] {
        server.environment(of: container, in: source.known.spec.id, host: "127.0.0.1").map(\.value)
    }

    /// A request with a client that is none of NIO's.
    private func ask(
        _ url: String, _ options: String...
    ) async throws -> (status: Int, body: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = ["-s", "-m", "10", "-w", "\n%{http_code}"] + options + [url]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try await NIOThreadPool.singleton.runIfActive {
            pipe.fileHandleForReading.readDataToEndOfFile()
        }
        let text = String(decoding: data, as: UTF8.self)
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        return (Int(text[end...].dropFirst()) ?? 0, String(text[..<end]))
    }

    @Test("A container asks for itself, its task and what they use")
    func documents() async throws {
        let place = try Place()
        try await place.serve(source) { server in
            let uri = variables(server)[0]
            let container = try await ask(uri)
            #expect(container.status == 200 && container.body.contains(#""Name":"web""#))
            let task = try await ask(uri + "/task")
            #expect(task.status == 200 && task.body.contains(source.known.spec.arn))
            #expect(try await ask(uri + "/taskWithTags").status == 200)
            let stats = try await ask(uri + "/stats")
            #expect(stats.status == 200 && stats.body.contains(#""total_usage":1"#))
            let all = try await ask(uri + "/task/stats")
            #expect(all.status == 200 && all.body.contains(#""def":null"#))
            #expect(try await ask(variables(server, of: "side")[0] + "/stats").status == 500)
            #expect(try await ask(uri, "--head").status == 200)
            #expect(try await ask(uri, "-X", "POST").status == 405)
        }
    }

    @Test("A path that was not given, or names nothing, is not found")
    func strangers() async throws {
        let place = try Place()
        try await place.serve(source) { server in
            let uri = variables(server)[0]
            let guess = uri.dropLast() + (uri.hasSuffix("0") ? "1" : "0")
            let answer = try await ask(String(guess))
            #expect(answer.status == 404 && answer.body.hasPrefix("\"V4 container metadata"))
            #expect(try await ask(guess + "/task").status == 404)
            let base = "http://127.0.0.1:\(server.port)"
            #expect(try await ask(base).body == "404 page not found\n")
            #expect(try await ask(base + "/v4/x").status == 404)
            let other = EndpointKey.new(port: 1).id(of: "web", in: source.known.spec.id)
            let api = try await ask("\(base)/api/\(other)/task-protection/v1/state")
            #expect(api.status == 404 && api.body.contains("ResourceNotFoundException"))
        }
    }

    @Test("Protection goes to the manager and comes back in the agent's words")
    func protection() async throws {
        let place = try Place()
        try await place.serve(source) { server in
            let uri = variables(server)[1] + "/task-protection/v1/state"
            let failure = try await ask(uri)
            #expect(failure.status == 200 && failure.body.contains(#""Reason":"TASK_NOT_VALID""#))
            let on = try await ask(
                uri, "-X", "PUT", "-d", #"{"ProtectionEnabled":true,"ExpiresInMinutes":9}"#)
            #expect(
                on.body == """
                    {"protection":{"ExpirationDate":"1970-01-01T00:00:05.000Z",\
                    "ProtectionEnabled":true,"TaskArn":"\(source.known.spec.arn)"}}
                    """
                    || on.body.contains(#""ExpirationDate":"1970-01-01T00:00:05.000Z""#))
            let off = try await ask(uri, "-X", "PUT", "-d", #"{"ProtectionEnabled":false}"#)
            #expect(off.status == 200 && off.body.contains(#""ProtectionEnabled":false"#))
            let short = try await ask(
                uri, "-X", "PUT", "-d", #"{"ProtectionEnabled":true,"ExpiresInMinutes":0}"#)
            #expect(short.status == 400 && short.body.contains("InvalidParameterException"))
            let wrong = try await ask(uri, "-X", "PUT", "-d", "{")
            #expect(wrong.status == 400 && wrong.body.contains("failed to decode"))
            let large = try await ask(
                uri, "-X", "PUT", "-d", String(repeating: "x", count: 5_000))
            #expect(large.status == 413)
            #expect(
                source.changes.withLock { $0 } == [
                    nil, TaskProtectionChange(isEnabled: true, minutes: 9),
                    TaskProtectionChange(isEnabled: false),
                    TaskProtectionChange(isEnabled: true, minutes: 0),
                ])
        }
    }

    @Test("What a container was told holds for the next agent, and waits for a port that is taken")
    func restart() async throws {
        let place = try Place()
        var told: [String] = []
        try await place.serve(source) { server in
            told = variables(server)
            let answer = try await ask(
                told[0], "--retry", "20", "--retry-connrefused", "--retry-delay", "1")
            #expect(answer.status == 200)
        }
        let port = try #require(URLComponents(string: told[0])?.port)
        let file = try FileManager.default.attributesOfItem(atPath: place.folder + "/metadata")
        #expect(file[.posixPermissions] as? Int == 0o600)
        // Connections that have just ended must not keep the port from it.
        let thief = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port).get()
        try await place.serve(source) { server in
            let again = variables(server)
            #expect(again == told)
            try await thief.close()
            let answer = try await ask(
                again[0], "--retry", "20", "--retry-connrefused", "--retry-delay", "1")
            #expect(answer.status == 200)
        }
    }

    @Test("A container that asks too often is told so, and others are answered")
    func rate() async throws {
        let place = try Place()
        try await place.serve(source) { server in
            let uri = variables(server)[0]
            let many = (0..<150).map { _ in uri }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
            process.arguments = ["-s", "-o", "/dev/null", "-w", "%{http_code}\n"]
            process.arguments? += many.flatMap { ["-o", "/dev/null", $0] }.dropFirst(2)
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let data = try await NIOThreadPool.singleton.runIfActive {
                pipe.fileHandleForReading.readDataToEndOfFile()
            }
            let codes = String(decoding: data, as: UTF8.self).split(separator: "\n")
            #expect(codes.count == 150)
            #expect(codes.filter { $0 == "429" }.count > 0)
            #expect(codes.filter { $0 == "200" }.count >= 60)
            #expect(try await ask(variables(server, of: "side")[0]).status == 200)
        }
    }
}
