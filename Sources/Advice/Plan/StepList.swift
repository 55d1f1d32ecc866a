import Model

/// The steps of a rehearsal: what happens to tasks of one definition at one moment is one of them.
struct StepList {
    private(set) var kept: [Forecast.Step] = []
    private(set) var leftOut = 0
    /// Where those of the moment begin.
    private var moment = 0

    mutating func add(
        _ action: Forecast.Step.Action, of task: ECSTask, on worker: String, at time: Int64
    ) {
        if kept[moment...].first?.at != time { moment = kept.count }
        let definition = "\(task.definition)"
        let place = kept[moment...].firstIndex {
            $0.action == action && $0.group == task.group && $0.taskDefinition == definition
        }
        if let place {
            kept[place].count += 1
            kept[place].workers[worker, default: 0] += 1
        } else if kept.count < Forecast.stepsMaximum {
            kept.append(
                Forecast.Step(
                    at: time, action: action, count: 1, group: task.group,
                    taskDefinition: definition, workers: [worker: 1]))
        } else {
            leftOut += 1
        }
    }
}
