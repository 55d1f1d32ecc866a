import Model
import OrderedCollections
import Testing
import WorkerCore

@Suite("A worker in a storm of faults")
struct StormTests {
    @Test(
        "Contracts 2, 3, 4 and 6 hold through broken links, lost sessions and crashes",
        arguments: UInt64(1)...40)
    func storm(seed: UInt64) {
        var world = ToyWorld(seed: seed)
        world.run(seconds: 30)
        world.isHealed = true
        // A stop with its retries, a backoff at its cap, a silent connection: none takes longer.
        world.run(seconds: 30)
        #expect(world.core.session != nil)
        #expect(world.core.isReported)
        let wanted = world.manager.tasks.values.filter { $0.last < .stopped }
        #expect(wanted.allSatisfy { $0.desired == .running && $0.last == .running })
        #expect(Set(world.runtime.taskIDs) == Set(wanted.map(\.spec.id)))
        for known in wanted {
            // An essential container of a task that is wanted runs.
            for container in known.spec.containers {
                let key = ToyRuntime.Key(task: known.spec.id, name: container.name)
                #expect(world.runtime.running.contains(key))
            }
        }
        // The storm was one.
        #expect(world.runtime.starts.count > 20)
        #expect(world.crashes > 0)
        #expect(world.certificates >= (seed % 2 == 0 ? 6 : 0))
    }
}
