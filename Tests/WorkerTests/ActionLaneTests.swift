import Model
import Testing
import WorkerCore

@testable import Worker

@Suite("What waits for the runtime")
struct ActionLaneTests {
    private func spec(_ number: UInt64) -> TaskSpec {
        TaskSpec(
            id: TaskID(high: 1, low: number), arn: "arn", cluster: "default", family: "web",
            revision: 1, group: "family:web",
            containers: [ContainerDefinition(name: "web", image: "a")],
            containerIDs: [ContainerID(high: 2, low: number)])
    }

    @Test("A preparation that has not begun can be taken out, one that has can't")
    func drop() {
        var lane = ActionLane()
        let most = UInt64(ActionLane.actionsMaximum)
        for number in 0...most { lane.add(.prepare(spec(number))) }
        for number in 0..<most {
            let begun = lane.begin(.prepare)
            #expect(begun == .prepare(spec(number)))
        }
        let (first, last) = (
            lane.drop(preparationOf: spec(0).id), lane.drop(preparationOf: spec(most).id)
        )
        #expect(!first && last)
        lane.end()
        let next = lane.begin(.prepare)
        #expect(next == nil)
    }
}
