/// What is wrong with a scenario's text, and where.
public struct ScenarioFault: Error, Hashable, Sendable {
    /// Such as `schedule[2].for`.
    public var place: String
    public var text: String

    init(_ place: String, _ text: String) {
        self.place = place
        self.text = text
    }
}

extension ScenarioFault: CustomStringConvertible {
    public var description: String { place.isEmpty ? text : "\(place): \(text)" }
}

extension Scenario {
    /// Reads a scenario. What is unknown, doubled or contradicts itself is refused.
    public init(_ root: Tree) throws(ScenarioFault) {
        let top = try Fields(
            root, "",
            ["name", "about", "cluster", "services", "schedule", "draw", "expect", "rest-within"])
        self.init(name: try top.text("name"))
        about = try top.textIfThere("about") ?? ""
        if let fields = try top.fields("cluster", ["workers", "cpu", "memory"]) {
            cluster.workers = try fields.numberIfThere("workers", 1...100) ?? cluster.workers
            cluster.cpu = try fields.numberIfThere("cpu", 128...1_000_000) ?? cluster.cpu
            cluster.memory = try fields.numberIfThere("memory", 64...4_000_000) ?? cluster.memory
        }
        for fields in try top.list("services", Self.serviceKeys) {
            services.append(try Service(fields))
        }
        guard (1...10).contains(services.count) else {
            throw ScenarioFault("services", "There are 1 to 10 of them, not \(services.count).")
        }
        for fields in try top.list("schedule", Self.stepKeys) {
            steps.append(try step(fields))
        }
        if let fields = try top.fields("draw", ["kinds", "every", "for", "until"]) {
            drawn = try Drawn(fields)
        }
        if let fields = try top.fields("expect", Self.expectKeys) { try readExpected(fields) }
        restWithin = try top.spanIfThere("rest-within") ?? restWithin
        try checkOverlaps()
    }

    /// Of two faults of one target at a time the first to end would end both.
    private func checkOverlaps() throws(ScenarioFault) {
        var last: [String: (end: Int64, fault: Fault)] = [:]
        for step in steps.sorted(by: { $0.at < $1.at }) {
            guard case .fault(let fault) = step.action, !fault.kind.isMoment else { continue }
            if let before = last[fault.target], before.end > step.at {
                throw ScenarioFault(
                    "schedule", "\(fault) at \(step.at) ms begins before \(before.fault) is over.")
            }
            last[fault.target] = (step.at + fault.duration, fault)
        }
        if drawn != nil, !last.isEmpty {
            throw ScenarioFault(
                "draw", "Faults that are drawn could meet those of the schedule: give either.")
        }
    }

    // MARK: Parts

    private static let serviceKeys = [
        "name", "count", "definition", "minimum-percent", "maximum-percent",
    ]
    private static let changeKeys = ["redeploy", "scale", "drain", "activate"]
    private static let stepKeys =
        ["at", "for", "direction", "by", "to"] + changeKeys + Fault.Kind.allCases.map(\.rawValue)
    private static let expectKeys = [
        "restored-within", "never-below", "lost", "stopped-at-most",
    ]

    private func step(_ fields: Fields) throws(ScenarioFault) -> Step {
        let kinds = Self.changeKeys + Fault.Kind.allCases.map(\.rawValue)
        let named = kinds.filter { fields.has($0) }
        guard let name = named.first, named.count == 1 else {
            throw ScenarioFault(
                fields.place,
                "A step has one of \(kinds.joined(separator: ", ")), not \(named.count).")
        }
        let at = try fields.span("at")
        guard let kind = Fault.Kind(rawValue: name) else {
            return Step(at: at, .change(try change(name, fields)))
        }
        return Step(at: at, .fault(try fault(kind, fields)))
    }

    private func fault(_ kind: Fault.Kind, _ fields: Fields) throws(ScenarioFault) -> Fault {
        let target = try fields.text(kind.rawValue)
        if kind.isOfManager {
            guard target == Fault.manager else {
                throw ScenarioFault(
                    "\(fields.place).\(kind.rawValue)", "There is one manager; write `manager`.")
            }
        } else {
            try check(worker: target, at: "\(fields.place).\(kind.rawValue)")
        }
        try fields.allow(
            "for", isFit: !kind.isMoment, "\(kind.rawValue) is over at once.")
        try fields.allow("direction", isFit: kind == .partition, "It goes with partition.")
        try fields.allow("by", isFit: kind == .delay, "It goes with delay.")
        try fields.allow("to", isFit: false, "It goes with scale.")
        var fault = Fault(kind, target, for: kind.isMoment ? 0 : try fields.lasting("for"))
        if let text = try fields.textIfThere("direction") {
            guard let direction = Fault.Direction(rawValue: text) else {
                let known = Fault.Direction.allCases.map(\.rawValue).joined(separator: ", ")
                throw ScenarioFault("\(fields.place).direction", "'\(text)' is none of \(known).")
            }
            fault.direction = direction
        }
        if kind == .delay { fault.by = try fields.span("by") }
        return fault
    }

    private func change(
        _ name: String, _ fields: Fields
    ) throws(ScenarioFault) -> Change {
        for key in ["for", "direction", "by"] {
            try fields.allow(key, isFit: false, "It goes with faults.")
        }
        try fields.allow("to", isFit: name == "scale", "It goes with scale.")
        let target = try fields.text(name)
        let place = "\(fields.place).\(name)"
        if name == "drain" || name == "activate" {
            try check(worker: target, at: place)
            return name == "drain" ? .drain(worker: target) : .activate(worker: target)
        }
        try check(service: target, at: place)
        guard name == "scale" else { return .redeploy(service: target) }
        return .scale(service: target, count: try fields.number("to", 0...5_000))
    }

    private mutating func readExpected(_ fields: Fields) throws(ScenarioFault) {
        expected.restoredWithin = try fields.spanIfThere("restored-within")
        expected.stoppedAtMost = try fields.numberIfThere("stopped-at-most", 0...1_000_000)
        if let counts = try fields.numbers("never-below", 0...5_000) {
            for name in counts.keys.sorted() {
                try check(service: name, at: "\(fields.place).never-below")
            }
            expected.neverBelow = counts
        }
        if let names = try fields.texts("lost") {
            for name in names { try check(worker: name, at: "\(fields.place).lost") }
            expected.lost = Set(names)
        }
    }

    private func check(worker: String, at place: String) throws(ScenarioFault) {
        guard !cluster.names.contains(worker) else { return }
        throw ScenarioFault(
            place, "There is no '\(worker)': the workers are worker-1 to worker-\(cluster.workers)."
        )
    }

    private func check(service: String, at place: String) throws(ScenarioFault) {
        guard !services.contains(where: { $0.name == service }) else { return }
        throw ScenarioFault(
            place,
            "There is no '\(service)': the services are "
                + services.map(\.name).joined(separator: ", ") + ".")
    }
}

extension Scenario.Service {
    fileprivate init(_ fields: Fields) throws(ScenarioFault) {
        self.init(
            name: try fields.text("name"), count: try fields.number("count", 0...5_000))
        definition = try fields.textIfThere("definition")
        minimumPercent = try fields.numberIfThere("minimum-percent", 0...100) ?? minimumPercent
        maximumPercent = try fields.numberIfThere("maximum-percent", 100...200) ?? maximumPercent
    }
}

extension Scenario.Drawn {
    fileprivate init(_ fields: Fields) throws(ScenarioFault) {
        var kinds: [Fault.Kind] = []
        for name in try fields.texts("kinds") ?? [] {
            guard let kind = Fault.Kind(rawValue: name) else {
                let known = Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ScenarioFault("\(fields.place).kinds", "'\(name)' is none of \(known).")
            }
            kinds.append(kind)
        }
        guard !kinds.isEmpty else {
            throw ScenarioFault("\(fields.place).kinds", "At least one is needed.")
        }
        let (every, duration) = (try fields.span("every"), try fields.spans("for"))
        guard every >= 100, duration.lowerBound > 0 else {
            throw ScenarioFault(
                fields.place, "`every` is 100 ms or more, and `for` more than nothing.")
        }
        self.init(
            kinds: kinds, every: every, duration: duration, until: try fields.span("until"))
    }
}
