import ClusterState
import Model

/// Finds the object that a person names: by id, ARN, name, or the first digits of a task's id, as
/// `muster status` shows them. It may be gone from the state; what is kept of the past knows it.
struct HistorySubject {
    let state: ClusterState
    let past: any Past
    let region: String
    let cluster: String

    /// The object's key in the records.
    func key(of text: String) throws(APIError) -> String {
        if let arn = ARN(text) { return try key(of: arn, text) }
        if let key = Self.identity(text) { return key }
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        if parts.count == 2, let keys = keys(of: parts[0], parts[1]) { return try one(keys, text) }
        if text.contains(":") { return "\(region)/\(text)" }
        var keys = Self.kinds.compactMap { self.keys(of: $0, text) }.flatMap(\.self)
        if keys.isEmpty { keys = try remembered(text) }
        return try one(keys, text)
    }

    private static let kinds = ["cluster", "service", "instance", "task"]

    /// What stands for itself: an id, or `ecs-svc/<number>`.
    private static func identity(_ text: String) -> String? {
        if let id = Identifier<TaskKind>(text) { return "\(id)" }
        let number = text.hasPrefix("ecs-svc/") ? text.dropFirst(8) : text[...]
        return number.utf8.count >= 15 ? UInt64(number).map { "\($0)" } : nil
    }

    private func key(of arn: ARN, _ text: String) throws(APIError) -> String {
        guard arn.service == "ecs", arn.parts.count > 1, let last = arn.parts.last else {
            throw unknown(text)
        }
        let named = HistorySubject(
            state: state, past: past, region: arn.region,
            cluster: arn.parts.count > 2 ? arn.parts[1] : cluster)
        switch arn.parts[0] {
        case "cluster", "service":
            var keys = named.keys(of: arn.parts[0], last) ?? []
            if keys.isEmpty { keys = try named.remembered(last) }
            return try one(keys, text)
        case "task", "container-instance":
            if let id = Identifier<TaskKind>(last) { return "\(id)" }
        case "service-deployment":
            if let id = ServiceDeploymentID(short: last) { return "\(id)" }
        case "service-revision":
            if UInt64(last) != nil { return last }
        case "task-definition":
            return "\(arn.region)/\(last)"
        default: break
        }
        throw unknown(text)
    }

    /// Those of the state; `nil` when there is no such kind.
    private func keys(of kind: String, _ name: String) -> [String]? {
        if kind == "cluster" {
            return state.cluster(ClusterReference(region: region, name: name)).map { ["\($0.id)"] }
                ?? []
        }
        let owner = state.cluster(ClusterReference(region: region, name: cluster))?.id
        switch kind {
        case "service":
            return owner.flatMap { state.service(name, in: $0) }.map { ["\($0.id)"] } ?? []
        case "instance":
            return owner.map { state.instances(named: name, in: $0).map { "\($0.id)" } } ?? []
        case "task":
            guard name.utf8.count >= 6, let owner else { return [] }
            return state.tasks(of: owner).map { "\($0.id)" }.filter { $0.hasPrefix(name) }
        default: return nil
        }
    }

    private func remembered(_ name: String) throws(APIError) -> [String] {
        do {
            return try past.keys(named: name, maximum: 5)
        } catch {
            throw APIError(error)
        }
    }

    private func one(_ keys: [String], _ text: String) throws(APIError) -> String {
        guard let key = keys.first else { throw unknown(text) }
        guard keys.count == 1 else {
            throw APIError(
                .invalidParameter,
                "'\(text.prefix(128))' may be any of: \(keys.prefix(5).joined(separator: ", ")). "
                    + "Give one of these ids, or write cluster/NAME, service/NAME, instance/NAME "
                    + "or task/ID.")
        }
        return key
    }

    private func unknown(_ text: String) -> APIError {
        APIError(
            .invalidParameter,
            "Nothing in cluster \(cluster) of \(region) is called '\(text.prefix(128))', nor was "
                + "as far back as changes are kept. Give a name, an id or an ARN of a cluster, "
                + "service, task, container instance, deployment or task definition.")
    }
}
