import Dispatch
public import Model
import Synchronization

/// What the containers of a task wrote, while it is read.
public protocol RunningLog: Sendable {
    /// What there is next, which may have to be waited for; `nil` at the end, and when the task
    /// that waits is cancelled. ``LogOutput/caughtUp`` comes at most once. For one reader.
    func next() async -> LogOutput?
}

extension ContainerRuntime {
    public func log(_ order: LogOrder) async throws(RuntimeError) -> any RunningLog {
        throw RuntimeError(
            name: RuntimeError.cannotInspect,
            message: "the runtime \(name) keeps no output of containers.")
    }
}

/// Output out of the files of a data folder. They are looked at again and again while there is
/// nothing new, on a thread that may block.
final class TaskLog: RunningLog {
    /// How often it is looked for more.
    private static let period = Duration.milliseconds(250)
    /// How often a task that is not there yet is looked for: 10 minutes.
    private static let unknownMaximum = 2_400

    private struct State {
        var reader: TaskLogReader
        var isCaughtUp = false
        var tries = 0
    }

    private let queue = DispatchQueue(label: "muster.runtime.log")
    /// Held while files are read, by the one reader.
    private let state: Mutex<State>
    private let task: TaskID

    init(_ data: DataFolder, _ order: LogOrder) {
        task = order.task
        state = Mutex(State(reader: TaskLogReader(data, order)))
    }

    func next() async -> LogOutput? {
        while !Task.isCancelled {
            switch await read() {
            case .entries(let entries): return .entries(entries)
            case .ended: return nil
            case .unknown:
                return .failed(
                    "Nothing that task \(task) wrote is kept on its worker (any more).")
            case .caughtUp:
                let (isFirst, isHopeless) = state.withLock { state in
                    defer { state.isCaughtUp = true }
                    return (!state.isCaughtUp, state.tries >= Self.unknownMaximum)
                }
                if isFirst { return .caughtUp }
                // So that it is asked for again.
                if isHopeless { return .failed("Nothing of task \(task) is on its worker yet.") }
                try? await Task.sleep(for: Self.period)
            }
        }
        return nil
    }

    private func read() async -> TaskLogReader.Step {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                continuation.resume(
                    returning: state.withLock { state in
                        let step = state.reader.next()
                        state.tries = state.reader.isKnown ? 0 : state.tries + 1
                        return step
                    })
            }
        }
    }
}
