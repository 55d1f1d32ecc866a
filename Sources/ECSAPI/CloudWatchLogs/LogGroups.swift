import ClusterState
import HashTreeCollections
import Model

/// A log stream: what one container of one task wrote, by the name that ECS gives it.
struct LogStreamName: Hashable, Sendable {
    var task: TaskID
    var container: String
    /// `prefix/container/task-id`, without a prefix `container/task-id`.
    var text: String
}

/// The log groups that task definitions name with the driver awslogs, and the streams of their
/// tasks. Nothing of it is kept: a group is there while a definition or a task of it is.
struct LogGroups {
    /// Where a container's output goes, as its definition says.
    private struct Target {
        var container: String
        var group: String
        var prefix: String?

        func stream(of task: TaskID) -> LogStreamName {
            let parts = [prefix, container, task.description].compactMap { $0 }
            return LogStreamName(
                task: task, container: container, text: parts.joined(separator: "/"))
        }
    }

    struct Group: Hashable {
        var name: String
        var createdAt: WallTime
    }

    private let state: ClusterState
    /// By definition; those without any are left out.
    private let targets: [TaskDefinitionKey: [Target]]

    /// - Parameter region: That of the groups (`awslogs-region`), not of the definitions.
    init(_ state: ClusterState, region: String) throws(APIError) {
        self.state = state
        var targets: [TaskDefinitionKey: [Target]] = [:]
        for definition in state.definitions.values
        where definition.status != .deleteInProgress
            && definition.document.json.contains("awslogs-group")
        {
            let document = try Coding.read(ECS.TaskDefinition.self, from: definition.document)
            let found = (document.containerDefinitions ?? []).compactMap { Self.target($0, region) }
            if !found.isEmpty { targets[definition.key] = found }
        }
        self.targets = targets
    }

    private static func target(_ container: ECS.ContainerDefinition, _ region: String) -> Target? {
        guard let logging = container.logConfiguration, logging.logDriver == .awslogs,
            let options = logging.options, options["awslogs-region"] == region,
            let group = options["awslogs-group"]
        else { return nil }
        let prefix = options["awslogs-stream-prefix"].flatMap { $0.isEmpty ? nil : $0 }
        return Target(container: container.name ?? "", group: group, prefix: prefix)
    }

    /// By name; created when the first definition was registered that names it.
    func groups(prefix: String) -> [Group] {
        var times: [String: WallTime] = [:]
        for (key, found) in targets {
            let time = state.definitions[key]?.registeredAt ?? WallTime(milliseconds: 0)
            for target in found where target.group.hasPrefix(prefix) {
                times[target.group] = min(times[target.group] ?? time, time)
            }
        }
        return times.map { Group(name: $0.key, createdAt: $0.value) }.sorted { $0.name < $1.name }
    }

    /// The streams of a group by the tasks' age, oldest first; `nil` when there is no such group.
    func streams(of group: String) -> [(stream: LogStreamName, task: ECSTask)]? {
        let found = targets.compactMapValues { targets -> [Target]? in
            let ours = targets.filter { $0.group == group }
            return ours.isEmpty ? nil : ours
        }
        guard !found.isEmpty else { return nil }
        return state.tasks.values.filter { found[$0.definition] != nil }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            .flatMap { task in
                (found[task.definition] ?? []).map { ($0.stream(of: task.id), task) }
            }
    }
}
