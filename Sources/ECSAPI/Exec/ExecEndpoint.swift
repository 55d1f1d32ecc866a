import ClusterState
public import Model

/// Muster's own endpoint behind `muster exec`, without a transport.
public struct ExecEndpoint: Sendable {
    private let account: String
    private let defaultRegion: String
    private let controlPlane: any ControlPlane
    private let runner: (any CommandRunner)?

    /// - Parameter runner: `nil` where no commands can be run.
    public init(
        account: String, defaultRegion: String, controlPlane: some ControlPlane,
        runner: (any CommandRunner)?
    ) {
        self.account = account
        self.defaultRegion = defaultRegion
        self.controlPlane = controlPlane
        self.runner = runner
    }

    /// Has a command run that an ``ExecQuestion`` asks for.
    ///
    /// - Returns: Its session, once the program was started; it is to be ended in any case.
    /// - Throws: ``APIError`` with ECS's code and text where ECS has them.
    public func open(_ question: String) async throws(APIError) -> any CommandSession {
        let question = try OwnCoding.decode(
            ExecQuestion.self, from: Array(question.utf8),
            help: #"{"task": "…", "command": ["program", "argument"]}"#)
        guard let runner else {
            throw APIError(.unsupportedFeature, "No commands can be run here.")
        }
        let (order, instance) = try order(of: question)
        return try await started(order, on: instance, by: runner)
    }

    private func started(
        _ order: ExecOrder, on instance: InstanceID, by runner: some CommandRunner
    ) async throws(APIError) -> any CommandSession {
        let session = try await runner.run(order, on: instance)
        while true {
            switch await session.next() {
            case .started: return session
            case .failed(let text):
                session.end()
                throw APIError(.targetNotConnected, "The execute command failed: \(text)")
            case .opening, .standardOutput, .standardError, .exited, .unknown: continue
            }
        }
    }

    private func order(
        of question: ExecQuestion
    ) throws(APIError) -> (ExecOrder, InstanceID) {
        let call = Call(
            operation: .executeCommand, region: question.region ?? defaultRegion, account: account,
            controlPlane: controlPlane)
        let state = call.snapshot()
        let cluster = try call.activeCluster(question.cluster, in: state)
        let task = try call.task(named: question.task, in: cluster, of: state)
        let order = ExecOrder(
            task: task.id, container: try CommandTarget.container(question.container, of: task),
            command: question.command, takesInput: question.input ?? false,
            terminal: try question.execTerminal())
        if let problem = order.problem {
            throw APIError(.invalidParameter, "The command \(problem).")
        }
        return (order, task.instance)
    }
}
