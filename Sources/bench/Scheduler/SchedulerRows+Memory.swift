import ClusterState
import Foundation
import HashTreeCollections
import Manager
import ManagerCore
import Model

/// What tasks weigh: in a manager that placed them, and in one that read them back from disk.
extension SchedulerRows {
    func memory(_ size: Size) throws -> [Row] {
        var cluster = try BenchCluster(
            instances: size.instances, room: Resources(cpu: 1 << 20, memory: 1 << 20))
        try cluster.registerFamilies(size.services)
        let before = try Memory.resident()
        try cluster.place(services: size.services, tasksEach: size.tasksEach)
        try cluster.runAll()
        try cluster.check(services: size.services, tasksEach: size.tasksEach)
        let bytes = Double(try Memory.resident() - before) / Double(size.tasks)
        return [
            Row(
                "memory of \(size.tasks) running tasks on \(size.instances) instances",
                target: "<= 1 KB a task", measured: "\((bytes / 1024).short) KB a task",
                isMet: bytes <= 1024),
            try publishing(&cluster),
        ]
    }

    /// Batches of 50 reports, each followed by a new state for readers. What the one before alone
    /// had is freed elsewhere (`PublishedState`); how long that takes is told too, from as many
    /// batches that free it in place.
    private func publishing(_ cluster: inout BenchCluster) throws -> Row {
        let published = PublishedState(cluster.core.state)
        var held = ClusterState()
        var times: [Double] = []
        var freeing: [Double] = []
        for (number, worker) in zip(cluster.instances, cluster.sessions).prefix(80).enumerated() {
            let reports = cluster.core.state.liveTasks(on: worker.0).prefix(50).map {
                BenchCluster.report($0, .stopping)
            }
            try cluster.step([.report(cluster.call(), worker.1, Array(reports))])
            if number < 40 {
                times.append(timed { published.publish(cluster.core.state) } * 1e3)
            } else {
                freeing.append(timed { held = cluster.core.state } * 1e3)
            }
            let seen = number < 40 ? published.value.revision : held.revision
            guard seen == cluster.core.state.revision else {
                throw BenchError("the snapshot is not the state")
            }
        }
        let worst = times.max() ?? 0
        return Row(
            "the same: snapshot for readers after a batch", target: "< 1 ms",
            measured: "worst \(worst.short) ms; freeing the old one, elsewhere: "
                + "\(freeing.median.short) ms, worst \((freeing.max() ?? 0).short) ms",
            isMet: worst < 1)
    }

    /// A manager that starts with what another left on disk, in a process of its own.
    func restart(_ size: Size) throws -> [Row] {
        let journal = try BenchJournal(history: .max)
        defer { journal.remove() }
        var cluster = try BenchCluster(
            instances: size.instances, room: Resources(cpu: 1 << 20, memory: 1 << 20),
            journal: journal)
        try cluster.registerFamilies(size.services)
        try cluster.place(services: size.services, tasksEach: size.tasksEach)
        let whenPlaced = cluster.wall
        try cluster.step([.tick])
        try cluster.runAll()
        try cluster.check(services: size.services, tasksEach: size.tasksEach)
        try journal.settle()
        let copy = try journal.copy()
        defer { try? FileManager.default.removeItem(at: copy) }
        let child = try MeasuredProcess(
            name: "bench recover",
            command: [
                CommandLine.arguments[0], "recover", copy.path,
                "--as-of", "\(whenPlaced.milliseconds)",
            ], core: nil)
        let recovered = try numbers(try child.line(after: "recovered"), 3)
        let past = try numbers(try child.line(after: "past"), 4)
        guard recovered[0] == Double(size.tasks) else {
            throw BenchError("\(recovered[0]) tasks came back, not \(size.tasks)")
        }
        guard past[1] == Double(size.tasks), past[2] == 0 else {
            throw BenchError("as of their placement there were \(past[1]) tasks")
        }
        let bytes = recovered[1] / recovered[0]
        return [
            Row(
                "memory of \(size.tasks) running tasks after a restart", target: "<= 1 KB a task",
                measured: "\((bytes / 1024).short) KB a task, read in \(recovered[2].short) s",
                isMet: bytes <= 1024),
            Row(
                "state as of the middle of \(Int(past[0])) change records", target: "none",
                measured: "\(past[3].short) s", verdict: .stated),
        ]
    }

    private func numbers(_ line: String, _ count: Int) throws -> [Double] {
        let numbers = line.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == count else { throw BenchError("bench recover said: \(line)") }
        return numbers
    }
}
