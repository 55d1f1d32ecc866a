import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Properties
import Testing

/// Something that a client does, or that happens to a worker.
private enum Occurrence {
    case run(count: Int, tokenOf: Int?)
    case deploy(String)
    case scale(String, Int)
    case delete(String)
    case serve(String, Int)
    case stop(Int)
    case kill(Int)
    case start(Int)
    case drain(Int, UpdatedInstanceState)
    case deregister(Int)
    case restart(seed: UInt64)
    case pass(Int)

    static let services = ["web", "port"]

    init(_ random: inout SeededRandom) {
        let worker = Int.random(in: 0..<4, using: &random)
        let service = Self.services.randomElement(using: &random) ?? "web"
        let count = Int.random(in: 1...4, using: &random)
        self =
            switch Int.random(in: 0..<16, using: &random) {
            case 0: .run(count: count, tokenOf: Bool.random(using: &random) ? worker : nil)
            case 1: .deploy(service)
            case 2: .scale(service, count)
            case 3: .delete(service)
            case 4, 5: .serve(service, count)
            case 6: .stop(Int.random(in: 0..<50, using: &random))
            case 7: .kill(worker)
            case 8, 9: .start(worker)
            case 10: .drain(worker, Bool.random(using: &random) ? .draining : .active)
            case 11: .deregister(worker)
            case 12: .restart(seed: random.next())
            default: .pass(Int.random(in: 1...80, using: &random) * 100)
            }
    }

    func happen(in story: Story) throws {
        switch self {
        case .run(let count, let token):
            _ = try story.run("job", count, token: token.map { "token \($0)" })
        case .deploy(let name): try story.update(name, force: true)
        case .scale(let name, let count): try story.update(name, count: count)
        case .delete(let name): try story.delete(name)
        case .serve(let name, let count): try story.serve(name, count, min: 50, max: 150)
        case .stop(let number):
            let tasks = story.state.tasks.keys.sorted()
            if !tasks.isEmpty { try story.stop(tasks[number % tasks.count]) }
        case .kill(let number):
            if !story.workers[number].isDead { story.kill(story.workers[number]) }
            // Else it would come back without what it had begun and told nobody of.
            story.pass(.seconds(9))
        case .start(let number):
            if story.workers[number].isDead { story.workers[number].startAgain() }
        case .drain(let number, let wish):
            try story.drain(story.workers[number].name, to: wish)
        case .deregister(let number):
            try story.deregister(story.workers[number].name, force: true)
        case .restart(let seed): story.restartManager(seed: seed)
        case .pass(let time): story.pass(.milliseconds(Int64(time)))
        }
    }
}

@Suite("The fold of any prefix of a history")
struct PrefixTests {
    /// A history and the core's state at some of its revisions.
    private static func history(
        _ occurrences: [Occurrence]
    ) throws -> (records: [ChangeRecord], states: [UInt64: ClusterState]) {
        var settings = ManagerSettings()
        settings.retention = .seconds(10)
        let story = Story(settings: settings)
        for name in ["a", "b", "c", "d"] {
            story.join(ToyWorker(name, cpu: 1_024, memory: 1_024, zone: name < "c" ? "x" : "y"))
        }
        try story.define("job", cpu: 300, memory: 100)
        try story.define("web", cpu: 200, memory: 100)
        try story.define("port", cpu: 10, memory: 10, ports: [8_080])
        var states = [story.state.revision: story.state]
        for occurrence in occurrences {
            // What is refused changes nothing.
            try? occurrence.happen(in: story)
            states[story.state.revision] = story.state
        }
        _ = story.takeWarnings()
        return (story.ledger.records, states)
    }

    private static func violation(_ occurrences: [Occurrence]) -> String? {
        guard let history = try? history(occurrences) else { return "no history" }
        var fold = ClusterState()
        var plain = PlainFold()
        var met = 0
        for record in history.records {
            fold.apply(record)
            plain.apply(record)
            if let difference = plain.difference(from: fold) {
                return "\(difference) at revision \(record.revision): \(record.cause)"
            }
            guard let state = history.states[record.revision] else { continue }
            met += 1
            if let difference = plain.difference(from: state) {
                return "\(difference) of the core at revision \(record.revision)"
            }
        }
        return met == history.states.count ? nil : "\(met) of \(history.states.count) revisions"
    }

    @Test("is the state at its revision, whatever clients did and workers suffered")
    func prefixes() {
        let found = Property.search(
            seeds: 1...25,
            generate: { random in (0..<30).map { _ in Occurrence(&random) } },
            shrink: { Property.shorter($0) }, violation: Self.violation)
        #expect(found == nil)
    }

    @Test("those histories have everything in them")
    func variety() throws {
        var random = SeededRandom(seed: 2)
        let (records, _) = try Self.history((0..<80).map { _ in Occurrence(&random) })
        #expect(records.contains { if case .removeTask = $0.change { true } else { false } })
        #expect(records.contains { if case .removeService = $0.change { true } else { false } })
        #expect(records.contains { if case .removeInstance = $0.change { true } else { false } })
        #expect(records.contains { if case .serviceEvent = $0.change { true } else { false } })
    }
}
