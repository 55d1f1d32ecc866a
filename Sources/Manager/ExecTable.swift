import Model
import Synchronization

/// The commands that workers were asked to run, from the asking to their end.
final class ExecTable: Sendable {
    typealias Arrival = Awaited<ExecSession?>

    /// Commands at a time: in a task, on a worker, in all.
    static let perTaskMaximum = 8
    static let perWorkerMaximum = 16
    static let maximum = 256

    private struct Run {
        let task: TaskID
        let instance: InstanceID
        /// The one whose answer is waited for.
        let session: SessionID
        let arrival: Arrival
        var exec: ExecSession?
    }

    private struct State {
        var runs: [ExecID: Run] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// How many there are.
    var count: Int { state.withLock { $0.runs.count } }

    /// Makes room for a command.
    ///
    /// - Returns: What is given its session when the worker has answered, or `nil` when it has not.
    func expect(
        _ id: ExecID, of task: TaskID, on instance: InstanceID, _ session: SessionID
    ) throws(APIError) -> Arrival {
        let arrival = Arrival()
        let refusal = state.withLock { state -> APIError? in
            if let refusal = Self.refusal(state, task, instance) { return refusal }
            state.runs[id] = Run(
                task: task, instance: instance, session: session, arrival: arrival)
            return nil
        }
        if let refusal { throw refusal }
        return arrival
    }

    private static func refusal(
        _ state: State, _ task: TaskID, _ instance: InstanceID
    ) -> APIError? {
        if state.isClosed { return APIError(.server, "The manager is stopping.") }
        let runs = state.runs.values
        let text: String
        if runs.count >= maximum {
            text = "\(maximum) commands run at this manager"
        } else if runs.count(where: { $0.task == task }) >= perTaskMaximum {
            text = "\(perTaskMaximum) commands run in this task"
        } else if runs.count(where: { $0.instance == instance }) >= perWorkerMaximum {
            text = "\(perWorkerMaximum) commands run on the task's worker"
        } else {
            return nil
        }
        return APIError(.throttling, text + ", which is the most. End one first.")
    }

    /// The worker answered.
    ///
    /// - Returns: False when nobody waits for that answer of that session.
    func attach(_ exec: ExecSession, as id: ExecID, of session: SessionID) -> Bool {
        let arrival = state.withLock { state -> Arrival? in
            guard let run = state.runs[id], run.session == session, run.exec == nil else {
                return nil
            }
            state.runs[id]?.exec = exec
            return run.arrival
        }
        return arrival?.give(exec) ?? false
    }

    /// The command is over, or nobody waits for it any more.
    func remove(_ id: ExecID) {
        let run = state.withLock { $0.runs.removeValue(forKey: id) }
        run?.arrival.give(nil)
        run?.exec?.release()
    }

    /// Ends all, and takes no more.
    func close() {
        let runs = state.withLock { state -> [Run] in
            state.isClosed = true
            defer { state.runs = [:] }
            return Array(state.runs.values)
        }
        for run in runs {
            run.arrival.give(nil)
            run.exec?.end()
        }
    }
}
