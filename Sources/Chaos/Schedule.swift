import Model

/// The steps of a scenario in the order of their moments, those that the seed draws among them.
public struct Schedule: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        /// Milliseconds since all services had their tasks.
        public var at: Int64
        public var event: Event

        package init(at: Int64, event: Event) {
            self.at = at
            self.event = event
        }
    }

    public enum Event: Hashable, Sendable {
        case begin(Fault)
        case end(Fault)
        case change(Scenario.Change)
    }

    public private(set) var entries: [Entry] = []

    /// - Parameter seed: Decides on the drawn faults; without them it changes nothing.
    public init(_ scenario: Scenario, seed: UInt64) {
        for step in scenario.steps {
            switch step.action {
            case .fault(let fault): add(fault, at: step.at)
            case .change(let change): entries.append(Entry(at: step.at, event: .change(change)))
            }
        }
        if let drawn = scenario.drawn { draw(drawn, scenario.cluster.names, seed) }
        // Of one moment what ends comes first, and then in the order of the file.
        let order = entries.enumerated().sorted {
            ($0.element.at, $0.element.isEnd ? 0 : 1, $0.offset)
                < ($1.element.at, $1.element.isEnd ? 0 : 1, $1.offset)
        }
        entries = order.map(\.element)
    }

    /// Milliseconds until the last step is over.
    public var length: Int64 { entries.last?.at ?? 0 }

    public var faults: Int {
        entries.count { if case .begin = $0.event { true } else { false } }
    }

    private mutating func add(_ fault: Fault, at moment: Int64) {
        entries.append(Entry(at: moment, event: .begin(fault)))
        guard !fault.kind.isMoment else { return }
        entries.append(Entry(at: moment + fault.duration, event: .end(fault)))
    }

    /// One at a time, each on a worker of its own choice.
    private mutating func draw(_ drawn: Scenario.Drawn, _ workers: [String], _ seed: UInt64) {
        var chance = SeededRandom(seed: seed)
        var now: Int64 = 0
        while true {
            now += chance.number(drawn.every / 2...max(drawn.every / 2, drawn.every * 3 / 2))
            guard now < drawn.until else { return }
            let kind = drawn.kinds[Int(chance.number(0...Int64(drawn.kinds.count - 1)))]
            let worker = workers[Int(chance.number(0...Int64(workers.count - 1)))]
            var fault = Fault(
                kind, kind.isOfManager ? Fault.manager : worker,
                for: chance.number(drawn.duration))
            if kind == .delay { fault.by = 200 }
            add(fault, at: now)
            now += fault.duration
        }
    }
}

extension Schedule.Entry {
    fileprivate var isEnd: Bool {
        if case .end = event { true } else { false }
    }
}

extension SeededRandom {
    fileprivate mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }
}
