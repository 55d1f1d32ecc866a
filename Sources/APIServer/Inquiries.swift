import Dispatch
import Model
import Synchronization

/// Answers that cost more than a moment are made on one thread of their own, one after the other,
/// so that they hold up no other request. A bounded number waits; beyond it: `ThrottlingException`.
struct Inquiries: Sendable {
    private let queue = DispatchQueue(label: "muster.inquiries")
    private let waiting = BoundedCount()
    private let maximum: Int

    init(maximum: Int) {
        self.maximum = maximum
    }

    func run<Answer: Sendable>(
        _ work: @escaping @Sendable () throws(APIError) -> Answer
    ) async throws(APIError) -> Answer {
        guard waiting.enter(atMost: maximum) else {
            throw APIError(.throttling, "Rate exceeded")
        }
        defer { waiting.leave() }
        let result: Result<Answer, APIError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(APIError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

/// How many are at something, and no more than a maximum.
final class BoundedCount: Sendable {
    private let count = Mutex(0)

    func enter(atMost maximum: Int) -> Bool {
        count.withLock { count in
            guard count < maximum else { return false }
            count += 1
            return true
        }
    }

    var now: Int { count.withLock { $0 } }

    func leave() { count.withLock { $0 -= 1 } }
}
