public import CoreMetrics
import Synchronization

/// A backend of swift-metrics that holds a bounded number of series and renders them as Prometheus
/// text.
///
/// Making a metric looks it up under a lock; using it costs an atomic addition (timers and
/// summaries: a lock). So keep a `Counter`, don't make one for each event.
public final class PrometheusMetrics: MetricsFactory, Sendable {
    /// What a process bears of its own and its peers' names.
    public struct Limits: Sendable {
        /// Names of metrics. Beyond them a metric works and is not shown.
        public var familyMaximum = 256
        /// Sets of labels of one name. Beyond them all share the series ``Labels/overflow``.
        public var seriesMaximum = 100

        public init() {}
    }

    private struct Family {
        let kind: SeriesKind
        var series: [Labels: any Series] = [:]

        /// How many there are beside the one that many share.
        var ownCount: Int { series.count - (series[.overflow] == nil ? 0 : 1) }
    }

    private let limits: Limits
    private let help: [String: String]
    private let families = Mutex<[String: Family]>([:])
    /// Metrics that were made beyond a bound, or under the name of another kind.
    private let refused = CounterSeries()

    /// - Parameter help: what the metrics of these names mean.
    public init(limits: Limits = Limits(), help: [String: String] = MetricHelp.all) {
        self.limits = limits
        self.help = help
    }

    /// The metrics of this process. The first use makes them swift-metrics' backend; do it before
    /// the first metric is made, because what was made earlier counts nothing.
    public static let system: PrometheusMetrics = {
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }()

    /// Everything, in text format 0.0.4, sorted.
    ///
    /// - Parameter readings: what is shown besides, of names that no metric has.
    public func render(_ readings: [Reading] = []) -> String {
        var text = Exposition(help: help)
        let sorted = families.withLock { Array($0) }.sorted { $0.key < $1.key }
        for (name, family) in sorted {
            text.begin(name, family.kind)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name, labels, to: &text)
            }
        }
        for reading in readings {
            reading.write(to: &text)
            let rest = reading.samples.count - Reading.samplesMaximum
            if rest > 0 { refused.increment(by: Int64(rest)) }
        }
        text.begin("muster_metrics_refused_total", .counter)
        refused.write("muster_metrics_refused_total", Labels.none, to: &text)
        ProcessMetrics.write(to: &text)
        return text.text
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, make: CounterSeries.init)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, make: GaugeSeries.init)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate
            ? series(label, dimensions, make: SummarySeries.init)
            : series(label, dimensions, make: GaugeSeries.init)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, make: HistogramSeries.init)
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    // MARK: Series

    /// The series of a name and labels: the one that is there, a new one, or what stands in for it
    /// beyond a bound.
    private func series<Kind: Series>(
        _ label: String, _ dimensions: [(String, String)], make: () -> Kind
    ) -> Kind {
        let name = MetricName.metric(label)
        let labels = Labels(dimensions)
        let (series, isRefused) = families.withLock { families -> (Kind, Bool) in
            guard families[name] != nil || families.count < limits.familyMaximum,
                families[name]?.kind ?? Kind.kind == Kind.kind
            else { return (make(), true) }
            var family = families[name] ?? Family(kind: Kind.kind)
            let isOver = family.series[labels] == nil && family.ownCount >= limits.seriesMaximum
            let place = isOver ? Labels.overflow : labels
            if let found = family.series[place] as? Kind { return (found, isOver) }
            let made = make()
            family.series[place] = made
            families[name] = family
            return (made, isOver)
        }
        if isRefused { refused.increment(by: 1) }
        return series
    }

    /// Forgets a series, except the one that many share.
    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                for (labels, series) in family.series
                where series === handler && labels != .overflow {
                    families[name]?.series[labels] = nil
                    if family.series.count == 1 { families[name] = nil }
                    return
                }
            }
        }
    }
}
