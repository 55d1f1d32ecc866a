public import ClusterState
import HashTreeCollections
public import ManagerCore
public import Model

/// Explains tasks and services: a function of a state.
///
/// The decisions' own code says what they would be (``StateReader``), so an explanation can't
/// differ from them.
public struct Explainer: Sendable {
    public let settings: ManagerSettings

    public init(settings: ManagerSettings) {
        self.settings = settings
    }

    /// What can be explained.
    public enum Subject: Hashable, Sendable {
        case task(TaskID)
        case service(ServiceID)
    }

    /// The least that a task's id may be cut to.
    public static let prefixMinimum = 6

    /// Finds what a person means: a task's id or its beginning, a service's name, or an ARN.
    ///
    /// - Throws: ``APIError`` with what to write instead.
    public func find(
        _ name: String, in reference: ClusterReference, of state: ClusterState
    ) throws(APIError) -> Subject {
        let cluster = try cluster(reference, of: state)
        let (kind, last) = try parts(of: name, cluster: reference.name)
        if kind != "task", let service = state.service(last, in: cluster.id) {
            return .service(service.id)
        }
        if kind != "service", let id = TaskID(last), state.tasks[id]?.cluster == cluster.id {
            return .task(id)
        }
        let tasks = matches(of: last, in: cluster, of: state)
        if let only = tasks.first, tasks.count == 1 { return .task(only) }
        guard tasks.isEmpty else {
            throw APIError(
                .invalidParameter,
                "\(tasks.count) tasks of cluster \(reference.name) begin with \(last); "
                    + "give more of the id.")
        }
        throw APIError(
            .invalidParameter,
            "Cluster \(reference.name) has no service named \(last.clipped), and no task with that "
                + "id, or with one that begins so. Tasks are forgotten an hour after they stopped.")
    }

    /// What an ARN names, and of what kind it is; a name alone may be of either.
    private func parts(
        of name: String, cluster: String
    ) throws(APIError) -> (kind: String?, last: String) {
        guard name.hasPrefix("arn:") else { return (nil, name) }
        let resource = name.split(separator: ":", maxSplits: 5).last ?? ""
        let parts = resource.split(separator: "/").map(String.init)
        guard let kind = parts.first, let last = parts.last, parts.count > 1,
            ["task", "service"].contains(kind)
        else {
            throw APIError(
                .invalidParameter,
                "\(name.clipped) names neither a task nor a service; only these are explained.")
        }
        if parts.count == 3, parts[1] != cluster {
            throw APIError(
                .invalidParameter,
                "\(name.clipped) is of cluster \(parts[1]); name that cluster too.")
        }
        return (kind, last)
    }

    private func matches(
        of prefix: String, in cluster: Cluster, of state: ClusterState
    ) -> [TaskID] {
        // A dash would be left out of the digits that are counted here.
        guard (Self.prefixMinimum...32).contains(prefix.utf8.count), !prefix.contains("-") else {
            return []
        }
        let rest = 32 - prefix.utf8.count
        guard let first = TaskID(prefix + String(repeating: "0", count: rest)),
            let last = TaskID(prefix + String(repeating: "f", count: rest))
        else { return [] }
        return state.tasks.keys.filter {
            (first...last).contains($0) && state.tasks[$0]?.cluster == cluster.id
        }.sorted()
    }

    private func cluster(
        _ reference: ClusterReference, of state: ClusterState
    ) throws(APIError) -> Cluster {
        guard let cluster = state.cluster(reference), cluster.status == .active else {
            throw APIError(
                .clusterNotFound,
                "There is no cluster \(reference.name.clipped) in region \(reference.region).")
        }
        return cluster
    }

    /// Explains a subject that ``find(_:in:of:)`` found in the same state.
    ///
    /// - Parameters:
    ///   - time: That of the state.
    ///   - past: The state just before a task was placed, where history has it: without it, why
    ///     the task is where it is can only be told as of now.
    public func explain(
        _ subject: Subject, of state: ClusterState, at time: WallTime,
        placedIn past: ClusterState? = nil
    ) throws(APIError) -> Explanation {
        let id: ClusterID?
        switch subject {
        case .task(let task): id = state.tasks[task]?.cluster
        case .service(let service): id = state.services[service]?.cluster
        }
        guard let cluster = id.flatMap({ state.clusters[$0] }) else {
            throw APIError(.invalidParameter, "What is to be explained is gone.")
        }
        var account = Account(state, of: cluster.id, settings, at: time)
        var explanation = Explanation(
            revision: state.revision, time: time.milliseconds, region: cluster.region,
            cluster: cluster.name)
        switch subject {
        case .task(let id):
            explanation.task = state.tasks[id].map { account.task($0, placedIn: past) }
        case .service(let id):
            explanation.service = state.services[id].map { account.service($0) }
        }
        return explanation
    }
}

/// One explanation as it is being made.
struct Account {
    let state: ClusterState
    let settings: ManagerSettings
    let time: WallTime
    var reader: StateReader

    init(
        _ state: ClusterState, of cluster: ClusterID, _ settings: ManagerSettings,
        at time: WallTime
    ) {
        self.state = state
        self.settings = settings
        self.time = time
        reader = StateReader(state, of: cluster, settings: settings, at: time)
    }

    /// The name of an instance's worker.
    func worker(_ instance: InstanceID) -> String {
        state.instances[instance]?.name ?? "\(instance)"
    }
}

extension String {
    /// What a request said, as an error repeats it.
    var clipped: String { count > 128 ? "\(prefix(128))…" : self }
}
