import ECSAPI
import Metrics
import Model
import Synchronization

/// Strict mode's throttle of ECS requests, on the server's clock.
final class RequestThrottle: Sendable {
    private let buckets = Mutex(RequestBuckets())
    private let start = ContinuousClock.now
    private let refused: [RequestCategory: Counter]

    init() {
        refused = Dictionary(
            uniqueKeysWithValues: RequestCategory.allCases.map { category in
                (
                    category,
                    Counter(
                        label: "muster_api_throttled_total",
                        dimensions: [("category", category.rawValue)])
                )
            })
    }

    /// All buckets are full again, as in an account that nobody used yet.
    func forget() { buckets.withLock { $0 = RequestBuckets() } }

    /// - Throws: ``APIError`` of AWS's front end where the operation's bucket is empty.
    func admit(_ operation: String, region: String) throws(APIError) {
        let now = Instant.zero + start.duration(to: .now)
        let category = buckets.withLock { $0.throttled(operation, region: region, at: now) }
        guard let category else { return }
        refused[category]?.increment()
        throw APIError(.throttling, "Rate exceeded")
    }
}
