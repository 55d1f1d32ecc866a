import ClusterState
import HeapModule
import Model
import Testing

@testable import ManagerCore

@Suite("The room of timers")
struct TimerRoomTests {
    @Test("is given back once most of them have fired, and the others still fire in their order")
    func room() {
        let wall = WallTime(milliseconds: 0)
        var effects = EffectBuffer()
        var core = ManagerCore(
            recovered: ClusterState(), settings: ManagerSettings(), seed: 1,
            at: Moment(monotonic: .zero, wall: wall), into: &effects)
        for number in 1...6_000 as ClosedRange<UInt64> {
            let task = TaskID(high: 0, low: number)
            core.runningSince[task] = .zero
            core.schedule(.provedStable(task), after: .seconds(number % 60 == 0 ? 10 : 1))
        }
        #expect(core.timersMost == 6_000)
        core.step(
            .tick, at: Moment(monotonic: .zero + .seconds(2), wall: wall), into: &effects)
        #expect(core.timers.count == 100 && core.timersMost == 100)
        #expect(core.runningSince.count == 100 && core.runningSince.capacity < 1_000)
        #expect(core.timers.min?.kind == .provedStable(TaskID(high: 0, low: 60)))
        core.step(
            .tick, at: Moment(monotonic: .zero + .seconds(11), wall: wall), into: &effects)
        #expect(core.timers.isEmpty && core.runningSince.isEmpty)
    }
}
