import Model
import Synchronization

/// A stream that a worker was asked to open, for who asked for it.
protocol WorkerAnswer: Sendable {
    /// Ends it, wherever it is.
    func end()
    /// The same for who knows that it is over.
    func release()
}

/// How many answers there may be at a time: of a task, of a worker, in all.
struct WorkerAnswerBounds: Sendable {
    var perTask: Int
    var perWorker: Int
    var all: Int
    /// What they are, as in "8 commands run".
    var what: String
}

/// What workers were asked to answer with streams of their own, from the asking to the stream's
/// end.
final class WorkerAnswers<Kind, Answer: WorkerAnswer>: Sendable {
    typealias ID = Identifier<Kind>
    typealias Arrival = Awaited<Answer?>

    private struct Asked {
        let task: TaskID
        let instance: InstanceID
        /// The one whose answer is waited for.
        let session: SessionID
        let arrival: Arrival
        var answer: Answer?
    }

    private struct State {
        var asked: [ID: Asked] = [:]
        var isClosed = false
    }

    private let bounds: WorkerAnswerBounds
    private let state = Mutex(State())

    init(_ bounds: WorkerAnswerBounds) {
        self.bounds = bounds
    }

    /// Makes room for an answer.
    ///
    /// - Returns: What is given the answer when the worker has opened it, or `nil` when it has not.
    func expect(
        _ id: ID, of task: TaskID, on instance: InstanceID, _ session: SessionID
    ) throws(APIError) -> Arrival {
        let arrival = Arrival()
        let refusal = state.withLock { state -> APIError? in
            if let why = full(state, task, instance) { return why }
            state.asked[id] = Asked(
                task: task, instance: instance, session: session, arrival: arrival)
            return nil
        }
        if let refusal { throw refusal }
        return arrival
    }

    private func full(
        _ state: State, _ task: TaskID, _ instance: InstanceID
    ) -> APIError? {
        if state.isClosed { return APIError(.server, "The manager is stopping.") }
        let asked = state.asked.values
        let text: String
        if asked.count >= bounds.all {
            text = "\(bounds.all) \(bounds.what) at this manager"
        } else if asked.count(where: { $0.task == task }) >= bounds.perTask {
            text = "\(bounds.perTask) \(bounds.what) in this task"
        } else if asked.count(where: { $0.instance == instance }) >= bounds.perWorker {
            text = "\(bounds.perWorker) \(bounds.what) on the task's worker"
        } else {
            return nil
        }
        return APIError(.throttling, text + ", which is the most. End one first.")
    }

    /// The worker answered.
    ///
    /// - Returns: False when nobody waits for that answer of that session.
    func attach(_ answer: Answer, as id: ID, of session: SessionID) -> Bool {
        let arrival = state.withLock { state -> Arrival? in
            guard let asked = state.asked[id], asked.session == session, asked.answer == nil
            else { return nil }
            state.asked[id]?.answer = answer
            return asked.arrival
        }
        return arrival?.give(answer) ?? false
    }

    /// It is over, or nobody waits for it any more.
    func remove(_ id: ID) {
        let asked = state.withLock { $0.asked.removeValue(forKey: id) }
        asked?.arrival.give(nil)
        asked?.answer?.release()
    }

    /// Ends all, and takes no more.
    func close() {
        let all = state.withLock { state -> [Asked] in
            state.isClosed = true
            defer { state.asked = [:] }
            return Array(state.asked.values)
        }
        for asked in all {
            asked.arrival.give(nil)
            asked.answer?.end()
        }
    }
}
