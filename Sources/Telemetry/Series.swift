import CoreMetrics
import Synchronization

/// What a metric is to Prometheus.
enum SeriesKind: String {
    case counter, gauge, summary, histogram
}

/// The values of one metric under one set of labels.
protocol Series: AnyObject, Sendable {
    static var kind: SeriesKind { get }
    func write(_ name: String, _ labels: Labels, to text: inout Exposition)
}

/// Counts up. One relaxed addition an increment.
final class CounterSeries: Series, CounterHandler {
    static let kind = SeriesKind.counter
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        // A counter does not go down.
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        count.store(0, ordering: .relaxed)
    }

    func write(_ name: String, _ labels: Labels, to text: inout Exposition) {
        text.sample(name, labels, count.load(ordering: .relaxed))
    }
}

/// Holds the last value: a gauge, and a recorder that does not aggregate.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    static let kind = SeriesKind.gauge
    /// The bits of a `Double`.
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, found) = bits.weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = found
        }
    }

    func write(_ name: String, _ labels: Labels, to text: inout Exposition) {
        text.sample(name, labels, Double(bitPattern: bits.load(ordering: .relaxed)))
    }
}

/// How many values there were and their sum: a recorder that aggregates.
final class SummarySeries: Series, RecorderHandler {
    static let kind = SeriesKind.summary
    private let state = Mutex((count: Int64(0), sum: 0.0))

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            state.count &+= 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: Labels, to text: inout Exposition) {
        let (count, sum) = state.withLock { $0 }
        text.sample(name + "_sum", labels, sum)
        text.sample(name + "_count", labels, count)
    }
}

/// Durations in buckets of seconds: a timer.
final class HistogramSeries: Series, TimerHandler {
    static let kind = SeriesKind.histogram
    /// Upper ends of the buckets, in nanoseconds; the last one has none.
    private static let ends: [Int64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        5_000_000_000, 10_000_000_000,
    ]

    private struct State {
        var buckets = [Int64](repeating: 0, count: HistogramSeries.ends.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) {
        let bucket = Self.ends.firstIndex { duration <= $0 } ?? Self.ends.count
        state.withLock { state in
            state.buckets[bucket] &+= 1
            state.sum += Double(duration) / 1e9
        }
    }

    func write(_ name: String, _ labels: Labels, to text: inout Exposition) {
        let state = state.withLock { $0 }
        var count: Int64 = 0
        for (index, bucket) in state.buckets.enumerated() {
            count &+= bucket
            let end = index < Self.ends.count ? Double(Self.ends[index]) / 1e9 : .infinity
            text.sample(name + "_bucket", labels.with(end: end), count)
        }
        text.sample(name + "_sum", labels, state.sum)
        text.sample(name + "_count", labels, count)
    }
}
