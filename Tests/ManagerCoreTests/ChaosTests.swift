import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import OrderedCollections
import Testing

/// Everything at once, at random. The ledger holds every step against what must always be true;
/// when the faults stop, all must come to rest. A failing seed is the whole way to see it again.
@Suite("Chaos")
struct ChaosTests {
    struct World {
        let story: Story
        var random: SeededRandom

        init(seed: UInt64) throws {
            random = SeededRandom(seed: seed)
            story = Story(seed: seed)
            for (name, zone) in [("a", "x"), ("b", "x"), ("c", "y"), ("d", "y"), ("e", "z")] {
                story.join(ToyWorker(name, cpu: 2_048, memory: 2_048, zone: zone))
            }
            try story.define("web", cpu: 200, memory: 100)
            try story.define("port", cpu: 10, memory: 10, ports: [8_080])
            try story.define("big", cpu: 1_500, memory: 1_500)
            try story.define("job", cpu: 300, memory: 300)
            try story.serve("web", 6, min: 50, max: 150, tags: Story.evenOverInstances)
            try story.serve("port", 3)
            try story.serve("big", 2, min: 0, max: 100)
        }

        mutating func roll(_ range: Range<Int>) -> Int {
            Int.random(in: range, using: &random)
        }

        mutating func worker() -> ToyWorker { story.workers[roll(0..<story.workers.count)] }

        mutating func fault() throws {
            switch roll(0..<16) {
            case 0, 1: try deploy()
            case 2: try story.update("web", count: roll(0..<10))
            case 3, 4: hit(worker())
            case 5: try drain(worker(), to: .draining)
            case 6: try drain(worker(), to: .active)
            case 7: story.restartManager(seed: random.next())
            case 8: try attempt(.runTask(job(roll(1..<5))))
            case 9, 10: try stopOne()
            case 11: lie(worker())
            case 12: flaky(worker())
            case 13: try deregister(worker())
            default: break
            }
        }

        mutating func deploy() throws {
            let name = ["web", "port", "big"][roll(0..<3)]
            let max = 100 + roll(0..<3) * 50
            try story.update(
                name, min: roll(0..<3) * 50, max: max, zones: max == 100 ? .disabled : .enabled)
            try story.update(name, force: true)
        }

        mutating func hit(_ worker: ToyWorker) {
            switch roll(0..<4) {
            case 0: worker.isDead ? worker.startAgain() : story.kill(worker)
            case 1: story.restartAgent(worker)
            default: worker.isFrozen ? worker.thaw() : worker.freeze()
            }
        }

        func drain(_ worker: ToyWorker, to wish: UpdatedInstanceState) throws {
            guard let id = worker.instance else { return }
            try story.apply(.updateContainerInstancesState(Story.cluster, [id], wish))
        }

        mutating func deregister(_ worker: ToyWorker) throws {
            guard let id = worker.instance else { return }
            let reference = InstanceReference(cluster: Story.cluster, id: id)
            try attempt(.deregisterContainerInstance(reference, force: roll(0..<2) == 0))
            if roll(0..<2) == 0 { story.restartAgent(worker) }
        }

        func job(_ count: Int) -> RunTask {
            RunTask(
                request: TaskRequest(
                    cluster: Story.cluster, taskDefinition: Story.definition("job")), count: count)
        }

        func attempt(_ command: Command) throws {
            do { try story.apply(command) } catch  where error.code != .server {}
        }

        mutating func stopOne() throws {
            let tasks = story.state.tasks.values.sorted { $0.id < $1.id }
            if let task = tasks.randomElement(using: &random) { try story.stop(task.id) }
        }

        /// A worker that reports any status of any task.
        mutating func lie(_ worker: ToyWorker) {
            let tasks = story.state.tasks.keys.sorted()
            guard let task = tasks.randomElement(using: &random), !worker.isFrozen, !worker.isDead,
                story.state.tasks[task]?.instance != worker.instance,
                let status = TaskStatus.allCases.randomElement(using: &random)
            else { return }
            try? story.report(worker, [TaskReport(task: task, status: status)])
        }

        mutating func flaky(_ worker: ToyWorker) {
            let fates: [ToyWorker.Fate] = [
                .runs, .runs, .failsToStart, .ends(after: .seconds(1), code: 1),
            ]
            let fate = fates[roll(0..<fates.count)]
            worker.fate = { _ in fate }
        }

        /// No more faults: everybody is up and well.
        func mend() throws {
            for worker in story.workers {
                worker.thaw()
                if worker.isDead { worker.startAgain() }
                worker.fate = { _ in .runs }
            }
            story.pass(.seconds(5))
            for worker in story.workers { try drain(worker, to: .active) }
            for name in ["web", "port", "big"] { try story.update(name, min: 0, max: 200) }
            for task in story.state.tasks.values.sorted(by: { $0.id < $1.id })
            where task.service == nil {
                try story.stop(task.id)
            }
        }
    }

    @Test("ends in the state that was wished", arguments: 1...60)
    func converges(seed: UInt64) throws {
        var world = try World(seed: seed)
        let story = world.story
        for _ in 0..<60 {
            try world.fault()
            story.pass(.milliseconds(Int64(world.roll(1..<60)) * 50))
        }
        try world.mend()
        story.pass(.seconds(150))
        _ = story.takeWarnings()
        for name in ["web", "port", "big"] { #expect(try story.isSteady(name), "\(name)") }
        for worker in story.workers {
            let instance = try #require(worker.instance)
            let wished = story.state.liveTasks(on: instance).map(\.id)
            #expect(worker.tasks.keys.sorted() == wished, "what runs is what is wished")
        }
        let wished = story.workers.compactMap(\.instance)
        for instance in story.state.instances.keys where !wished.contains(instance) {
            #expect(story.state.liveTasks(on: instance).isEmpty, "nothing is left elsewhere")
        }
    }
}
