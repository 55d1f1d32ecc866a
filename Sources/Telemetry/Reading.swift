/// Gauges of one name that are worked out when somebody asks, from what is there then.
public struct Reading: Sendable {
    public struct Sample: Sendable {
        public var dimensions: [(String, String)]
        public var value: Double

        public init(_ dimensions: [(String, String)], _ value: Double) {
            self.dimensions = dimensions
            self.value = value
        }
    }

    public var name: String
    /// At most ``samplesMaximum`` are shown, the first ones; the rest are counted as refused.
    public var samples: [Sample]

    public static let samplesMaximum = 1_000

    public init(_ name: String, _ samples: [Sample]) {
        self.name = name
        self.samples = samples
    }

    func write(to text: inout Exposition) {
        guard !samples.isEmpty else { return }
        let name = MetricName.metric(name)
        text.begin(name, .gauge)
        for sample in samples.prefix(Self.samplesMaximum) {
            text.sample(name, Labels(sample.dimensions), sample.value)
        }
    }
}
