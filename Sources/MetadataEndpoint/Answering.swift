import FoundationEssentials
import Model
import Synchronization

/// An answer to one request.
struct Answer: Hashable, Sendable {
    var status: Int
    var body: [UInt8]
    var type = "application/json"
}

/// Answers requests: from a path to a document.
final class Answering: Sendable {
    private let key: EndpointKey
    private let host: HostFacts
    private let source: any MetadataSource
    private let now: @Sendable () -> Instant
    private let allowance = Mutex(RequestAllowance())

    init(
        key: EndpointKey, host: HostFacts, source: any MetadataSource,
        now: @escaping @Sendable () -> Instant
    ) {
        self.key = key
        self.host = host
        self.source = source
        self.now = now
    }

    func answer(_ method: String, _ path: String, _ body: [UInt8]) async -> Answer {
        guard let (route, id) = Route.find(path) else {
            return Answer(
                status: 404, body: Array("404 page not found\n".utf8), type: "text/plain")
        }
        guard route.takes(method) else { return .sentence(405, "\(method) is not for this path.") }
        guard let (task, container) = await find(id) else { return Self.unknown(route) }
        // Only now: what strangers make up is not worth remembering.
        // A change is written to the manager's disk.
        let cost = method == "PUT" ? 10.0 : 1
        guard allowance.withLock({ $0.take(id, cost, at: now()) }) else {
            return .sentence(429, "You have reached maximum request limit.")
        }
        switch route {
        case .container: return .json(ContainerDocument(container, of: task))
        case .task: return .json(TaskDocument(task, on: host))
        case .taskWithTags: return .json(TaskDocument(task, on: host, withTags: true))
        case .stats:
            guard let stats = stats(of: container, in: task) else {
                return .sentence(
                    500,
                    "V4 container stats handler: unable to get stats of container "
                        + "\(container.name): it was not measured yet")
            }
            return .json(stats)
        case .taskStats:
            // One that is not measured yet is null, as in ECS.
            var all: [String: StatsDocument?] = [:]
            for definition in task.spec.containers {
                let id = ContainerDocument(definition, of: task).DockerId
                if !id.isEmpty { all.updateValue(stats(of: definition, in: task), forKey: id) }
            }
            return .json(all)
        case .protection: return await protection(of: task, method, body)
        }
    }

    /// The task and the container that an id is of.
    private func find(_ id: String) async -> (KnownTask, ContainerDefinition)? {
        guard let taskID = EndpointKey.task(of: id), let task = await source.task(taskID),
            let container = task.spec.containers.first(where: {
                key.isID(id, of: $0.name, in: taskID)
            })
        else { return nil }
        return (task, container)
    }

    private static func unknown(_ route: Route) -> Answer {
        let what =
            switch route {
            case .container: "V4 container metadata handler"
            case .task, .taskWithTags: "V4 task metadata handler"
            case .stats: "V4 container stats handler"
            case .taskStats: "V4 task stats handler"
            case .protection: ""
            }
        guard route != .protection else {
            return .json(
                ProtectionDocument(
                    error: "ResourceNotFoundException", "Failed to find a task for the request"),
                status: 404)
        }
        return .sentence(404, "\(what): unable to get the task of the request: no such id")
    }

    private func stats(
        of definition: ContainerDefinition, in task: KnownTask
    ) -> StatsDocument? {
        source.usage(of: definition.name, in: task.spec.id).map { newest, earlier in
            StatsDocument(
                newest, earlier: earlier, of: ContainerDocument(definition, of: task), on: host)
        }
    }

    private func protection(
        of task: KnownTask, _ method: String, _ body: [UInt8]
    ) async -> Answer {
        var change: TaskProtectionChange?
        if method == "PUT" {
            do throws(ProtectionRequest.Mistake) {
                change = try ProtectionRequest(body).change
            } catch {
                return .json(
                    ProtectionDocument(
                        error: "InvalidParameterException", error.text, of: task.spec.arn),
                    status: 400)
            }
        }
        do throws(ProtectionProblem) {
            let answer = try await source.protection(of: task.spec.id, change)
            return .json(ProtectionDocument(answer, of: task.spec.arn))
        } catch {
            return .json(
                ProtectionDocument(error: error.kind.code, error.message, of: task.spec.arn),
                status: error.kind.status)
        }
    }
}

extension Answer {
    /// A sentence, as a JSON string.
    static func sentence(_ status: Int, _ text: String) -> Answer { json(text, status: status) }

    static func json(_ value: some Encodable, status: Int = 200) -> Answer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let data = try? encoder.encode(value) else {
            return Answer(status: 500, body: [], type: "text/plain")
        }
        return Answer(status: status, body: Array(data))
    }
}
