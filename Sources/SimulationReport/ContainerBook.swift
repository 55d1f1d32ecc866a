import Model
import Simulation

/// Containers as they live, where they can be seen.
struct ContainerBook {
    private var live: [ContainerName: String] = [:]
    private var liveOfTask: [TaskID: Int] = [:]
    /// Tasks of which an essential container has ended.
    var down: Set<TaskID> = []
    private(set) var duplicates = 0
    private(set) var sawAny = false
    /// Tasks that were given up while containers of theirs lived, and since when.
    private var givenUp: [TaskID: Int64] = [:]
    private var ranOn: [Int64] = []

    mutating func started(_ name: ContainerName, on worker: String) {
        sawAny = true
        if live.updateValue(worker, forKey: name) == nil {
            liveOfTask[name.task, default: 0] += 1
        } else {
            duplicates += 1
        }
    }

    /// - Returns: Whether it lived.
    mutating func ended(_ name: ContainerName, at time: Int64) -> Bool {
        guard live.removeValue(forKey: name) != nil else { return false }
        let left = (liveOfTask[name.task] ?? 1) - 1
        liveOfTask[name.task] = left > 0 ? left : nil
        if left == 0, let since = givenUp.removeValue(forKey: name.task) {
            ranOn.append(time - since)
        }
        return true
    }

    mutating func gaveUp(_ task: TaskID, at time: Int64) {
        if liveOfTask[task] != nil, givenUp[task] == nil { givenUp[task] = time }
    }

    /// How long containers ran on, those that still do among them.
    func leftovers(at time: Int64) -> [Int64] {
        (ranOn + givenUp.values.map { time - $0 }).sorted()
    }
}
