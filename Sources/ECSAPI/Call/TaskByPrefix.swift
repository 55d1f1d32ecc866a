import ClusterState
import HashTreeCollections
import Model

extension Call {
    /// Digits of a task's id that name it, if no other of its cluster begins so.
    static let prefixMinimum = 6

    /// The task that an id names, the beginning of one, or an ARN.
    func task(
        named name: String, in cluster: Cluster, of state: ClusterState
    ) throws(APIError) -> ECSTask {
        guard let (first, last) = Self.range(name) else {
            let id = try taskID(name, cluster: cluster.name)
            guard let task = state.tasks[id], task.cluster == cluster.id else {
                throw invalid("The referenced task was not found.")
            }
            return task
        }
        let found = state.tasks.keys.filter {
            (first...last).contains($0) && state.tasks[$0]?.cluster == cluster.id
        }
        guard let only = found.first, found.count == 1, let task = state.tasks[only] else {
            throw invalid(
                found.isEmpty
                    ? "The referenced task was not found."
                    : "\(found.count) tasks of cluster \(cluster.name) begin with \(name); give "
                        + "more of the id.")
        }
        return task
    }

    /// The ids that begin so; `nil` for what is no beginning of one.
    private static func range(_ prefix: String) -> (TaskID, TaskID)? {
        // A dash would be left out of the digits that are counted here.
        guard (prefixMinimum..<32).contains(prefix.utf8.count), !prefix.contains("-") else {
            return nil
        }
        let rest = 32 - prefix.utf8.count
        guard let first = TaskID(prefix + String(repeating: "0", count: rest)),
            let last = TaskID(prefix + String(repeating: "f", count: rest))
        else { return nil }
        return (first, last)
    }
}
