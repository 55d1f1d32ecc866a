import ECSAPI

/// A status report as a person reads it.
enum StatusText {
    /// Stopped tasks that are shown; the newest.
    static let stoppedTasksShown = 8
    /// The beginning of a long event says it all: the rest are task ids.
    static let eventCharactersShown = 100

    static func render(_ report: StatusReport) -> String {
        guard !report.clusters.isEmpty else {
            return "No cluster yet. The first worker makes the cluster `default`; "
                + "`aws ecs create-cluster` makes others."
        }
        return report.clusters.map { render($0, at: report.time) }.joined(separator: "\n\n")
    }

    private static func render(_ cluster: StatusReport.Cluster, at now: Int64) -> String {
        let connected = cluster.workers.filter(\.connected).count
        let running = cluster.tasks.filter { $0.lastStatus == "RUNNING" }.count
        var parts = [
            "cluster \(cluster.name) (\(cluster.region)): \(connected) of "
                + "\(cluster.workers.count) workers connected, \(cluster.services.count) services, "
                + "\(running) tasks running"
        ]
        if !cluster.workers.isEmpty { parts.append(workers(cluster.workers)) }
        if !cluster.services.isEmpty { parts.append(services(cluster.services, at: now)) }
        if !cluster.tasks.isEmpty { parts.append(tasks(cluster.tasks, at: now)) }
        if cluster.tasksLeftOut > 0 {
            parts.append("  and \(cluster.tasksLeftOut) older tasks")
        }
        return parts.joined(separator: "\n\n")
    }

    private static func workers(_ workers: [StatusReport.Worker]) -> String {
        var table = TextTable(["WORKER", "STATUS", "TASKS", "CPU", "MEMORY", "RUNTIME"])
        for worker in workers {
            let tasks = worker.pendingTasks == 0 ? "" : " +\(worker.pendingTasks) pending"
            table.add([
                worker.name, status(worker),
                "\(worker.runningTasks)\(tasks)", "\(worker.cpuReserved)/\(worker.cpu)",
                "\(worker.memoryReserved)/\(worker.memory) MiB", worker.runtime,
            ])
        }
        // Sentences are too long for a column.
        let faults = workers.flatMap { worker in
            [worker.health?.runtime.fault, worker.health?.disk.fault].compactMap { $0 }
                .map { "  \(worker.name): \($0)" }
        }
        return ([table.text] + faults).joined(separator: "\n")
    }

    private static func status(_ worker: StatusReport.Worker) -> String {
        guard worker.connected else { return "\(worker.status), SILENT" }
        let isImpaired = worker.health.map { $0.runtime.fault != nil || $0.disk.fault != nil }
        return isImpaired == true ? "\(worker.status), IMPAIRED" : worker.status
    }

    private static func services(_ services: [StatusReport.Service], at now: Int64) -> String {
        var table = TextTable(["SERVICE", "RUNNING", "DEFINITION", "ROLLOUT", "NEWEST EVENT"])
        for service in services {
            let pending = service.pending == 0 ? "" : " +\(service.pending) pending"
            table.add([
                service.name, "\(service.running)/\(service.desired)\(pending)",
                service.taskDefinition, rollout(service, at: now),
                service.lastEvent.map { event in
                    let age = service.lastEventAt.map { " \(Self.age($0, now)) ago" } ?? ""
                    return event.prefix(eventCharactersShown)
                        + (event.count > eventCharactersShown ? "…" : "") + age
                } ?? "",
            ])
        }
        return table.text
    }

    /// How the newest deployment stands, how many there are, and when its tasks are tried again.
    private static func rollout(_ service: StatusReport.Service, at now: Int64) -> String {
        var text = service.rolloutState ?? service.status
        if service.deployments > 1 { text += " (\(service.deployments))" }
        if let next = service.nextStartAt, next > now {
            text += ", next try in \((next - now + 999) / 1_000)s"
        }
        return text
    }

    private static func tasks(_ tasks: [StatusReport.Task], at now: Int64) -> String {
        var table = TextTable([
            "TASK", "STATUS", "DEFINITION", "WORKER", "AGE", "CPU", "MEMORY", "DETAIL",
        ])
        let stopped = tasks.filter { $0.lastStatus == "STOPPED" }
            .sorted { ($0.stoppedAt ?? 0) > ($1.stoppedAt ?? 0) }
        for task in tasks where task.lastStatus != "STOPPED" {
            table.add(row(task, at: now))
        }
        for task in stopped.prefix(stoppedTasksShown) { table.add(row(task, at: now)) }
        let rest = stopped.count - stoppedTasksShown
        return rest > 0 ? table.text + "\n  and \(rest) more that stopped" : table.text
    }

    private static func row(_ task: StatusReport.Task, at now: Int64) -> [String] {
        let wanted = task.lastStatus != "STOPPED" && task.desiredStatus == "STOPPED"
        return [
            String(task.id.prefix(8)), wanted ? "\(task.lastStatus), to stop" : task.lastStatus,
            task.taskDefinition, task.worker,
            age(task.stoppedAt ?? task.startedAt ?? task.createdAt, now), cpu(task), memory(task),
            detail(task),
        ]
    }

    /// What its containers use together, as a per cent of a core.
    private static func cpu(_ task: StatusReport.Task) -> String {
        let usages = task.containers.compactMap(\.usage)
        guard !usages.isEmpty else { return "" }
        let tenths = Int((usages.reduce(0) { $0 + $1.cpu } * 1_000 / 1_024).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }

    private static func memory(_ task: StatusReport.Task) -> String {
        let usages = task.containers.compactMap(\.usage)
        guard !usages.isEmpty else { return "" }
        return "\(usages.reduce(0) { $0 + $1.memory } >> 20) MiB"
    }

    /// Ports while it lives; reasons and exit codes when it does not.
    private static func detail(_ task: StatusReport.Task) -> String {
        guard task.lastStatus == "STOPPED" else {
            return task.containers.filter { !$0.ports.isEmpty || $0.restarts != nil }
                .map { container in
                    let restarts = container.restarts.map { "restarted \($0)x" } ?? ""
                    let ports = container.ports.joined(separator: ",")
                    return [container.name, ports, restarts].filter { !$0.isEmpty }
                        .joined(separator: " ")
                }.joined(separator: "  ")
        }
        let exits = task.containers.compactMap { container in
            container.exitCode.map { "\(container.name) exit \($0)" }
        }
        return ([task.stoppedReason ?? ""] + exits).filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// How long ago `time` was: `7s`, `12m`, `3h`, `2d`.
    static func age(_ time: Int64, _ now: Int64) -> String {
        let seconds = max(0, now - time) / 1_000
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7_200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3_600)h"
        default: "\(seconds / 86_400)d"
        }
    }
}

/// Columns as wide as their widest cell.
struct TextTable {
    private var rows: [[String]]

    init(_ header: [String]) {
        rows = [header]
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }.joined(separator: "  ")
            return "  " + line.trimmingSuffix(while: \.isWhitespace)
        }.joined(separator: "\n")
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> SubSequence {
        var rest = self[...]
        while let last = rest.last, isDropped(last) { rest = rest.dropLast() }
        return rest
    }
}
