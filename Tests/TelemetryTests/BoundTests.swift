import Metrics
import Telemetry
import Testing

@Suite("The bounds of metrics")
struct BoundTests {
    private func make(families: Int = 256, series: Int = 100) -> PrometheusMetrics {
        var limits = PrometheusMetrics.Limits()
        limits.familyMaximum = families
        limits.seriesMaximum = series
        return PrometheusMetrics(limits: limits, help: [:])
    }

    private func refused(_ metrics: PrometheusMetrics) -> String? {
        lines(metrics, "muster_metrics_refused_total").last
    }

    @Test("Label sets beyond the bound share one series that says so")
    func overflow() {
        let metrics = make(series: 2)
        for peer in 0..<1_000 {
            Counter(label: "test_total", dimensions: [("peer", "\(peer)")], factory: metrics)
                .increment()
        }
        #expect(
            lines(metrics) == [
                "# TYPE test_total counter",
                #"test_total{overflow="true"} 998"#,
                #"test_total{peer="0"} 1"#,
                #"test_total{peer="1"} 1"#,
            ])
        #expect(refused(metrics) == "muster_metrics_refused_total 998")
        // The first two are still found.
        Counter(label: "test_total", dimensions: [("peer", "1")], factory: metrics).increment()
        #expect(lines(metrics).last == #"test_total{peer="1"} 2"#)
    }

    @Test("Names beyond the bound work and are not shown")
    func names() {
        let metrics = make(families: 1)
        for name in ["test_a", "test_b"] {
            Counter(label: name, factory: metrics).increment()
        }
        #expect(lines(metrics) == ["# TYPE test_a counter", "test_a 1"])
        #expect(refused(metrics) == "muster_metrics_refused_total 1")
    }

    @Test("A name in use for another kind is not shown twice")
    func otherKind() {
        let metrics = make()
        Counter(label: "test_a", factory: metrics).increment()
        Gauge(label: "test_a", factory: metrics).record(5)
        #expect(lines(metrics) == ["# TYPE test_a counter", "test_a 1"])
        #expect(refused(metrics) == "muster_metrics_refused_total 1")
    }

    @Test("Names and values of any length are cut")
    func lengths() {
        let metrics = make()
        let long = String(repeating: "x", count: 10_000)
        let many = (0..<100).map { ("n\($0)", long) } + [(long, long)]
        Counter(label: "test_" + long, dimensions: many, factory: metrics).increment()
        let line = lines(metrics).last ?? ""
        #expect(line.utf8.count < 128 + 16 * (3 + 3 + 256 + 1) + 10)
        #expect(line.hasSuffix("x\"} 1"))
    }

    @Test("A series that is destroyed makes room; the shared one stays")
    func destroy() {
        let metrics = make(families: 1, series: 1)
        let first = Counter(label: "test_a", dimensions: [("k", "1")], factory: metrics)
        let shared = Counter(label: "test_a", dimensions: [("k", "2")], factory: metrics)
        shared.increment()
        shared.destroy()
        first.destroy()
        Counter(label: "test_a", dimensions: [("k", "3")], factory: metrics).increment()
        #expect(
            lines(metrics) == [
                "# TYPE test_a counter", #"test_a{k="3"} 1"#, #"test_a{overflow="true"} 1"#,
            ])
    }

    @Test("A name whose last series is destroyed makes room")
    func destroyName() {
        let metrics = make(families: 1)
        let first = Counter(label: "test_a", factory: metrics)
        first.destroy()
        Counter(label: "test_b", factory: metrics).increment()
        #expect(lines(metrics) == ["# TYPE test_b counter", "test_b 1"])
    }

    @Test("Increments of many threads at once all count")
    func concurrent() async {
        let metrics = make()
        let counter = Counter(label: "test_total", factory: metrics)
        let meter = Meter(label: "test_meter", factory: metrics)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        meter.increment()
                    }
                }
            }
        }
        #expect(lines(metrics).contains("test_total 80000"))
        #expect(lines(metrics).contains("test_meter 80000"))
    }

    @Test("The process's metrics are swift-metrics' backend")
    func system() {
        let metrics = PrometheusMetrics.system
        Counter(label: "test_system_total").increment(by: 3)
        #expect(lines(metrics, "test_system_total").last == "test_system_total 3")
    }
}
