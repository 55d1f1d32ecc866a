import Foundation
import ManagerCore
import Model
import Simulation

/// What `muster simulate` was asked for: seeds, and how each becomes a plan.
struct SimulateOptions {
    var seeds: ClosedRange<UInt64>
    /// The seed's own services, clients and limits, or the user's in a cluster as it comes.
    var isDrawn = false
    var workers: Int?
    var cpu: Int?
    var memory: Int?
    var files: [String] = []
    var faults: FaultSet?
    var faultText: String?
    var duration: Duration?
    var durationText: String?
    /// Further arguments for the plan, as a failure's replay line has them.
    var rest: [String] = []

    static let seedsMaximum: UInt64 = 100_000
    static let workersStandard = 5
    static let cpuStandard = 4_096
    static let memoryStandard = 8_192

    init(_ verb: SimulateVerb) throws(Failure) {
        seeds = try Self.seeds(verb.seed, verb.seeds)
        isDrawn = verb.drawn
        workers = try Self.checked(verb.workers, "--workers", 1...1_000)
        cpu = try Self.checked(verb.cpu, "--cpu", 1...1_048_576)
        memory = try Self.checked(verb.memory, "--memory", 6...16_777_216)
        files = verb.services
        faultText = verb.faults
        durationText = verb.duration
        rest = verb.rest
        if let text = verb.faults { faults = try Self.faults(text) }
        if let text = verb.duration { duration = try Self.duration(text) }
        if isDrawn, cpu ?? memory != nil {
            throw Failure(.usage, "With --drawn the seed decides on --cpu and --memory.")
        }
        _ = try plan(seed: seeds.lowerBound, .demo)
    }

    /// - Parameter seed: `N`, and `range` is `A..B`: one of them at most.
    static func seeds(_ seed: String?, _ range: String?) throws(Failure) -> ClosedRange<UInt64> {
        if let seed {
            guard range == nil else {
                throw Failure(.usage, "Give either --seed or --seeds, not both.")
            }
            guard let number = UInt64(seed) else {
                throw Failure(.usage, "--seed: '\(seed)' is no number from 0 up.")
            }
            return number...number
        }
        guard let range else { return 1...1 }
        let ends = range.componentsByDots
        guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]),
            first <= last
        else {
            throw Failure(.usage, "--seeds: '\(range)' is no range. Write A..B, such as 1..100.")
        }
        guard last - first < seedsMaximum else {
            throw Failure(.usage, "--seeds: at most \(seedsMaximum) seeds at once.")
        }
        return first...last
    }

    private static func checked(
        _ number: Int?, _ option: String, _ range: ClosedRange<Int>
    ) throws(Failure) -> Int? {
        guard let number, !range.contains(number) else { return number }
        throw Failure(
            .usage,
            "\(option) must be from \(range.lowerBound) to \(range.upperBound), not \(number).")
    }

    private static func faults(_ text: String) throws(Failure) -> FaultSet {
        do {
            return try Plan.faults(text)
        } catch {
            throw Failure(.usage, "--faults: \(error).")
        }
    }

    private static func duration(_ text: String) throws(Failure) -> Duration {
        guard let duration = Duration(span: text) else {
            throw Failure(
                .usage, "--duration: '\(text)' is no time span. Write 500ms, 3s, 1m30s or 1h.")
        }
        guard (.seconds(1) ... .seconds(7 * 86_400)).contains(duration) else {
            throw Failure(.usage, "--duration must be from 1s to 168h, not \(text).")
        }
        return duration
    }

    /// The plan of a seed.
    ///
    /// - Parameter services: The user's; a drawn plan has its own.
    func plan(seed: UInt64, _ services: ServiceFiles) throws(Failure) -> Plan {
        var plan = Plan(seed: seed, workers: isDrawn ? nil : workers ?? Self.workersStandard)
        do {
            if isDrawn {
                if let workers { try apply("--workers", "\(workers)", to: &plan) }
                if !files.isEmpty {
                    try apply("--services", files.joined(separator: ","), to: &plan)
                }
            } else {
                furnish(&plan, with: services)
            }
            if let duration { plan.faultTime = duration.milliseconds }
            if let faults { plan.faults = faults }
            var words = rest[...]
            while let word = words.popFirst() {
                let isKnown = try plan.apply(word) { () throws(Plan.ArgumentError) in
                    guard let value = words.popFirst() else {
                        throw Plan.ArgumentError(description: "\(word) needs a value")
                    }
                    return value
                }
                guard isKnown else {
                    throw Plan.ArgumentError(description: "'\(word)' means nothing here")
                }
            }
        } catch {
            throw Failure(.usage, "\(error). See 'muster simulate --help'.")
        }
        return plan
    }

    private func apply(
        _ argument: String, _ value: String, to plan: inout Plan
    ) throws(Plan.ArgumentError) {
        _ = try plan.apply(argument) { () throws(Plan.ArgumentError) in value }
    }

    /// A cluster as it comes, and clients that set the services up and leave them alone.
    private func furnish(_ plan: inout Plan, with services: ServiceFiles) {
        plan.shelters = false
        plan.isBusy = false
        plan.providers = nil
        plan.clients = 1
        plan.settings = .init()
        plan.inboxMaximum = 10_000
        plan.eventsPerBatchMaximum = 500
        plan.unsettledBatchesMaximum = 64
        plan.streamMaximum = 1_000
        plan.tasksPerWorkerMaximum = 10_000
        plan.reportBatchMaximum = 1_000
        for index in plan.hosts.indices {
            plan.hosts[index].cpu = cpu ?? Self.cpuStandard
            plan.hosts[index].memory = memory ?? Self.memoryStandard
        }
        plan.definitions = services.definitions
        plan.services = services.services
    }

    /// A plan in a line; `nil` where a drawn one describes itself.
    func summary(of plan: Plan) -> String? {
        if isDrawn { return nil }
        let names = plan.faults.kinds.map(\.description).joined(separator: ", ")
        let time = durationText ?? "\(plan.faultTime / 60_000)m"
        return "\(plan.hosts.count) workers, \(time) "
            + (names.isEmpty ? "without faults" : "of faults: \(names)")
    }

    /// The command line that gives one seed's run again.
    func replay(seed: UInt64) -> String {
        var words = ["muster", "simulate", "--seed", "\(seed)"]
        func add(_ option: String, _ value: (some CustomStringConvertible)?) {
            if let value { words += [option, "\(value)"] }
        }
        if isDrawn { words.append("--drawn") }
        add("--workers", workers)
        add("--cpu", cpu)
        add("--memory", memory)
        add("--faults", faultText)
        add("--duration", durationText)
        words += rest
        if !files.isEmpty { words += ["--services"] + files }
        return Shell.line(words)
    }
}

extension String {
    /// The parts around `..`.
    fileprivate var componentsByDots: [String] {
        guard let dots = range(of: "..") else { return [self] }
        return [String(self[..<dots.lowerBound]), String(self[dots.upperBound...])]
    }
}
