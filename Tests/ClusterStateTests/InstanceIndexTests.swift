import ClusterState
import HashTreeCollections
import Model
import Testing

/// A history of instances as registrations, drains, deregistrations and forgetting make it.
private struct InstanceHistory {
    var state = ClusterState()
    var random: SeededRandom
    let clusters = (1...2).map { ClusterID(high: 1, low: UInt64($0)) }
    let names = ["a", "b", "c"]
    let workers = (1...3).map { WorkerID(high: 9, low: UInt64($0)) }

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func randomStep() {
        let number = UInt64.random(in: 1...10, using: &random)
        let id = InstanceID(high: 3, low: number)
        if Int.random(in: 0..<5, using: &random) == 0 {
            apply(.removeInstance(id))
            return
        }
        var instance =
            state.instances[id]
            ?? ContainerInstance(
                id: id, cluster: clusters[Int(number) % 2], name: "a", registered: Resources(),
                registeredAt: WallTime(milliseconds: 0))
        switch Int.random(in: 0..<3, using: &random) {
        case 0: instance.name = names.randomElement(using: &random) ?? "a"
        case 1: instance.worker = workers.randomElement(using: &random)
        default:
            instance.status =
                [.active, .draining, .inactive].randomElement(using: &random) ?? .active
        }
        apply(.instance(instance))
    }

    private mutating func apply(_ change: Change) {
        state.apply(
            ChangeRecord(
                revision: state.revision + 1, time: WallTime(milliseconds: 0), cause: "test",
                change: change))
    }
}

@Suite("The indexes of instances")
struct InstanceIndexTests {
    @Test("say what looking at every instance would, at each moment", arguments: 1...50)
    func scan(seed: UInt64) {
        var history = InstanceHistory(seed: seed)
        for _ in 0..<60 {
            history.randomStep()
            let state = history.state
            let all = state.instances.values.sorted { $0.id < $1.id }
            for cluster in history.clusters {
                let there = all.filter { $0.cluster == cluster }
                #expect(state.instances(of: cluster) == there)
                #expect(
                    state.registeredInstanceCount(of: cluster)
                        == there.count { $0.status != .inactive })
                for name in history.names {
                    #expect(
                        state.instances(named: name, in: cluster)
                            == there.filter { $0.name == name })
                }
            }
            for worker in history.workers {
                #expect(state.instances(of: worker) == all.filter { $0.worker == worker })
            }
            for instance in all {
                #expect(state.isActive(instance.id) == (instance.status == .active))
            }
        }
    }

    @Test("keep nothing of instances that are gone", arguments: 1...10)
    func empty(seed: UInt64) {
        var history = InstanceHistory(seed: seed)
        for _ in 0..<60 { history.randomStep() }
        for id in history.state.instances.keys.sorted() {
            history.state.apply(
                ChangeRecord(
                    revision: history.state.revision + 1, time: WallTime(milliseconds: 0),
                    cause: "test", change: .removeInstance(id)))
        }
        let indexes = Mirror(reflecting: history.state).descendant("indexes")
        for child in indexes.map({ Mirror(reflecting: $0).children }) ?? .init([]) {
            #expect((child.value as? any Collection)?.isEmpty == true, "\(child.label ?? "")")
        }
    }
}
