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

/// The log groups that clients made, and those that task definitions name with the driver awslogs:
/// such a group is there while a definition or a task of it is. The streams are those of its tasks.
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

    private let state: ClusterState
    private let region: String
    /// By definition; those without any are left out.
    private let targets: [TaskDefinitionKey: [Target]]

    /// - Parameter region: That of the groups (`awslogs-region`), not of the definitions.
    init(_ state: ClusterState, region: String) throws(APIError) {
        self.state = state
        self.region = region
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

    /// By name.
    func all() -> [LogGroup] {
        let named = namedSince().map { name, time in
            LogGroup(reference: reference(name), createdAt: time, deletedAt: deletedAt(name))
        }
        let kept = state.logGroups.values.filter { $0.reference.region == region && !$0.isDeleted }
        let names = Set(kept.map(\.reference.name))
        return (kept + named.filter { !names.contains($0.reference.name) })
            .sorted { $0.reference < $1.reference }
    }

    func group(_ name: String) -> LogGroup? {
        if let kept = state.logGroups[reference(name)], !kept.isDeleted { return kept }
        return namedSince(name).map {
            LogGroup(reference: reference(name), createdAt: $0, deletedAt: deletedAt(name))
        }
    }

    /// For who wants to change it.
    func known(_ name: String) -> KnownLogGroup {
        KnownLogGroup(reference: reference(name), namedSince: namedSince(name))
    }

    /// The streams of a group by the tasks' age, oldest first; `nil` when there is no such group.
    func streams(of name: String) -> [(stream: LogStreamName, task: ECSTask)]? {
        guard let group = group(name) else { return nil }
        let found = targets.compactMapValues { targets -> [Target]? in
            let ours = targets.filter { $0.group == name }
            return ours.isEmpty ? nil : ours
        }
        return state.tasks.values
            .filter { task in
                // A stream that has ended goes with the group.
                found[task.definition] != nil
                    && group.deletedAt.map { task.stoppedAt ?? .distantFuture > $0 } ?? true
            }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            .flatMap { task in
                (found[task.definition] ?? []).map { ($0.stream(of: task.id), task) }
            }
    }

    private func reference(_ name: String) -> LogGroupReference {
        LogGroupReference(region: region, name: name)
    }

    private func deletedAt(_ name: String) -> WallTime? {
        state.logGroups[reference(name)]?.deletedAt
    }

    private func namedSince(_ name: String) -> WallTime? { namedSince { $0 == name }[name] }

    /// Since when definitions have named groups. Of one that was deleted only what came later
    /// counts: another definition, or a task, for which ECS's driver would make the group.
    private func namedSince(_ isWanted: (String) -> Bool = { _ in true }) -> [String: WallTime] {
        var times: [String: WallTime] = [:]
        var marks: [String: WallTime] = [:]
        func note(_ name: String, _ time: WallTime) {
            if let mark = marks[name], time <= mark { return }
            times[name] = min(times[name] ?? time, time)
        }
        for (key, found) in targets {
            let time = state.definitions[key]?.registeredAt ?? WallTime(milliseconds: 0)
            for target in found where isWanted(target.group) {
                marks[target.group] = deletedAt(target.group)
                note(target.group, time)
            }
        }
        guard !marks.isEmpty else { return times }
        for task in state.tasks.values {
            for target in targets[task.definition] ?? [] where marks[target.group] != nil {
                note(target.group, task.createdAt)
            }
        }
        return times
    }
}

extension WallTime {
    fileprivate static let distantFuture = WallTime(milliseconds: .max)
}
