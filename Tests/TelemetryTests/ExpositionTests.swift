import Metrics
import Telemetry
import Testing

/// The lines about metrics whose names have a prefix: the process's own change by themselves.
func lines(_ metrics: PrometheusMetrics, _ prefix: String = "test_") -> [String] {
    metrics.render().split(separator: "\n").map(String.init).filter { line in
        line.hasPrefix(prefix) || line.hasPrefix("# HELP \(prefix)")
            || line.hasPrefix("# TYPE \(prefix)")
    }
}

@Suite("Metrics as text")
struct ExpositionTests {
    private let metrics = PrometheusMetrics(help: ["test_total": "One \\ two\nthree."])

    @Test("A counter has help, type and its values, sorted by their labels")
    func counter() {
        for (kind, count) in [("b", 2), ("a", 40), ("a", 2)] {
            Counter(label: "test_total", dimensions: [("kind", kind)], factory: metrics)
                .increment(by: count)
        }
        Counter(label: "test_before", factory: metrics).increment(by: 0)
        #expect(
            lines(metrics) == [
                "# TYPE test_before counter",
                "test_before 0",
                #"# HELP test_total One \\ two\nthree."#,
                "# TYPE test_total counter",
                #"test_total{kind="a"} 42"#,
                #"test_total{kind="b"} 2"#,
            ])
    }

    @Test("A counter does not go down, except to zero")
    func upOnly() {
        let counter = Counter(label: "test_total", factory: metrics)
        counter.increment(by: 5)
        counter.increment(by: -3)
        #expect(lines(metrics).last == "test_total 5")
        counter.reset()
        #expect(lines(metrics).last == "test_total 0")
    }

    @Test("A gauge shows its last value, a meter goes up and down")
    func gauges() {
        let gauge = Gauge(label: "test_gauge", factory: metrics)
        gauge.record(7)
        gauge.record(2.5)
        let meter = Meter(label: "test_meter", factory: metrics)
        meter.set(10)
        meter.increment(by: 3)
        meter.decrement(by: 20)
        #expect(
            lines(metrics) == [
                "# TYPE test_gauge gauge", "test_gauge 2.5",
                "# TYPE test_meter gauge", "test_meter -7",
            ])
    }

    @Test(
        "Numbers beyond the finite are spelled as Prometheus does",
        arguments: [
            (Double.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"),
            (-0.5, "-0.5"),
        ])
    func numbers(value: Double, text: String) {
        Gauge(label: "test_gauge", factory: metrics).record(value)
        #expect(lines(metrics).last == "test_gauge \(text)")
    }

    @Test("A recorder shows sum and count")
    func recorder() {
        let recorder = Recorder(label: "test_size", factory: metrics)
        recorder.record(1)
        recorder.record(2.5)
        #expect(
            lines(metrics) == [
                "# TYPE test_size summary", "test_size_sum 3.5", "test_size_count 2",
            ])
    }

    @Test("A timer is a histogram of seconds, whose buckets add up")
    func timer() {
        let timer = Timer(label: "test_seconds", dimensions: [("op", "x")], factory: metrics)
        timer.recordMicroseconds(100)
        timer.recordMilliseconds(2)
        timer.recordSeconds(60)
        let found = lines(metrics)
        #expect(found.first == "# TYPE test_seconds histogram")
        #expect(found.contains(#"test_seconds_bucket{op="x",le="0.0001"} 1"#))
        #expect(found.contains(#"test_seconds_bucket{op="x",le="0.0025"} 2"#))
        #expect(found.contains(#"test_seconds_bucket{op="x",le="10"} 2"#))
        #expect(found.contains(#"test_seconds_bucket{op="x",le="+Inf"} 3"#))
        #expect(found.contains(#"test_seconds_sum{op="x"} 60.0021"#))
        #expect(found.contains(#"test_seconds_count{op="x"} 3"#))
    }

    @Test("Names are cleaned and values escaped, so that every line can be parsed")
    func escaping() {
        Counter(
            label: "test.a-b/ü", dimensions: [("1 a", "say \"hi\"\n\\"), ("le", "x")],
            factory: metrics
        ).increment()
        #expect(
            lines(metrics).last == #"test_a_b___{_1_a="say \"hi\"\n\\",exported_le="x"} 1"#)
    }

    @Test("Labels in another order are the same series, of two with one name the first counts")
    func sameSeries() {
        let forms = [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1"), ("a", "3")]]
        for dimensions in forms {
            Counter(label: "test_total", dimensions: dimensions, factory: metrics).increment()
        }
        #expect(lines(metrics).last == #"test_total{a="1",b="2"} 2"#)
    }

    @Test("The process tells of itself")
    func process() {
        for name in ["cpu_seconds_total", "resident_memory_bytes", "open_fds"] {
            let found = lines(metrics, "process_\(name)").last?.split(separator: " ").last
            #expect(found.flatMap { Double($0) } ?? -1 >= 0, "\(name)")
        }
        #expect(metrics.render().hasSuffix("\n"))
    }
}
