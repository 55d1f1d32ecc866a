import ClusterState
import HashTreeCollections
public import Model

/// Muster's own endpoint behind `muster logs`, without a transport.
public struct LogEndpoint: Sendable {
    private let account: String
    private let defaultRegion: String
    private let controlPlane: any ControlPlane
    private let reader: (any LogReader)?

    /// - Parameter reader: `nil` where no output can be read.
    public init(
        account: String, defaultRegion: String, controlPlane: some ControlPlane,
        reader: (any LogReader)?
    ) {
        self.account = account
        self.defaultRegion = defaultRegion
        self.controlPlane = controlPlane
        self.reader = reader
    }

    /// Begins to read what a ``LogQuestion`` asks for.
    ///
    /// - Parameter body: The question's JSON.
    /// - Throws: ``APIError`` with ECS's code and text where ECS has them.
    public func open(_ body: [UInt8]) throws(APIError) -> LogFeed {
        let question = try OwnCoding.decode(
            LogQuestion.self, from: body, help: #"{"name": "a task or a service"}"#)
        guard let reader else {
            throw APIError(.unsupportedFeature, "No output can be read here.")
        }
        let call = Call(
            operation: .describeTasks, region: question.region ?? defaultRegion, account: account,
            controlPlane: controlPlane)
        let state = call.snapshot()
        let cluster = try call.activeCluster(question.cluster, in: state)
        let subject = try subject(question.name, in: cluster, of: state, call)
        if case .task(let id) = subject, let name = question.container, let task = state.tasks[id],
            !task.containers.contains(where: { $0.name == name })
        {
            throw call.invalid("The task has no container '\(name.prefix(128))'.")
        }
        return LogFeed(subject, question, controlPlane, reader)
    }

    /// A service's name goes before the beginning of a task's id.
    private func subject(
        _ name: String, in cluster: Cluster, of state: ClusterState, _ call: Call
    ) throws(APIError) -> LogFeed.Subject {
        guard !name.isEmpty else { throw call.invalid("Say whose output: a task or a service.") }
        if name.contains(":service/") || state.service(name, in: cluster.id) != nil {
            let name = try call.serviceName(name, cluster: cluster.name)
            guard let service = state.service(name, in: cluster.id) else {
                throw APIError(.serviceNotFound, "Service not found.")
            }
            return .service(service.id)
        }
        do throws(APIError) {
            return .task(try call.task(named: name, in: cluster, of: state).id)
        } catch  where call.isName(name) && error.code == .invalidParameter {
            throw call.invalid(
                "Cluster \(cluster.name) has no service '\(name.prefix(128))', and no task: "
                    + error.message)
        }
    }
}
