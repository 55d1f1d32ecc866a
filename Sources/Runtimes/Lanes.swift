import Dispatch
import Model

/// Threads for work that blocks, away from Swift's own. All work on one task is done on one lane,
/// in order; tasks on different lanes do not wait for each other.
struct Lanes: Sendable {
    private let queues = (0..<8).map { DispatchQueue(label: "muster.runtime.process.\($0)") }

    /// Beside them: it must not wait behind a start.
    private let measuring = DispatchQueue(label: "muster.runtime.process.usage")

    func lane(of task: TaskID) -> DispatchQueue {
        queues[Int(task.low % UInt64(queues.count))]
    }

    func run<Value: Sendable>(
        _ task: TaskID, _ work: @escaping @Sendable () throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        try await run(on: lane(of: task), work)
    }

    /// For work that is on no single task.
    func runApart<Value: Sendable>(
        _ work: @escaping @Sendable () throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        try await run(on: queues[0], work)
    }

    /// For work that is on no single task, and can't fail.
    func runOnFiles(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            queues[0].async {
                work()
                continuation.resume()
            }
        }
    }

    /// For looking at what runs.
    func runMeasuring<Value: Sendable>(
        _ work: @escaping @Sendable () throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        try await run(on: measuring, work)
    }

    private func run<Value: Sendable>(
        on queue: DispatchQueue, _ work: @escaping @Sendable () throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        let result: Result<Value, RuntimeError> = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Result { () throws(RuntimeError) in try work() })
            }
        }
        return try result.get()
    }
}
