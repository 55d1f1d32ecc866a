public import Model

/// The buckets of all categories and regions: strict mode's throttle. There is one account.
public struct RequestBuckets: Sendable {
    /// Whoever asks chooses the region, so there are no more than these at one time.
    public static let bucketsMaximum = 1_024

    private struct Key: Hashable {
        var category: RequestCategory
        var region: String
    }

    private var buckets: [Key: TokenBucket] = [:]
    private let maximum: Int

    public init(bucketsMaximum: Int = Self.bucketsMaximum) {
        maximum = bucketsMaximum
    }

    /// Counts a request. One of an operation that ECS has not is never throttled.
    ///
    /// - Returns: The category whose bucket is empty; `nil` lets the request through.
    public mutating func throttled(
        _ operation: String, region: String, at now: Instant
    ) -> RequestCategory? {
        guard let category = OperationName(rawValue: operation)?.category else { return nil }
        let key = Key(category: category, region: region)
        if buckets[key] == nil, buckets.count >= maximum {
            buckets = buckets.filter { !$0.value.isFull(at: now) }
            guard buckets.count < maximum else { return category }
        }
        let hasToken =
            buckets[key, default: TokenBucket(category.rate, at: now)].take(at: now)
        return hasToken ? nil : category
    }
}
