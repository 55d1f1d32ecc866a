import Advice

/// An explanation as a person reads it.
enum ExplanationText {
    /// Instances that are shown of those that lack something; the others are counted.
    static let obstaclesShown = 8

    static func render(_ explanation: Explanation) -> String {
        let place = "in cluster \(explanation.cluster) (\(explanation.region))"
        if let task = explanation.task { return render(task, place, at: explanation.time) }
        if let service = explanation.service { return render(service, place, at: explanation.time) }
        return "There is nothing to explain."
    }

    // MARK: Tasks

    private static func render(_ task: TaskAccount, _ place: String, at now: Int64) -> String {
        let status =
            task.desiredStatus == "STOPPED" && task.lastStatus != "STOPPED"
            ? "\(task.lastStatus), to stop" : task.lastStatus
        let origin =
            task.service.map { "service \($0), \(task.deployment ?? "")" }
            ?? task.group + (task.startedBy.map { ", started by \($0)" } ?? "")
        var parts = [
            ["task \(task.id) \(place)"]
                + list([
                    ("status", "\(status), on \(task.worker)"),
                    ("definition", task.taskDefinition), ("of", origin),
                    ("created", "\(StatusText.age(task.createdAt, now)) ago"),
                ])
        ]
        parts.append(
            ["why here"] + indented([task.here.summary])
                + (task.here.placement.map(placement) ?? []))
        if let pending = task.pending {
            let since = "for \(StatusText.age(pending.since, now))"
            parts.append(["why pending"] + indented(["\(pending.summary) (\(since))"]))
        }
        if let fault = task.workerFault {
            parts.append(["its worker is impaired"] + indented([fault]))
        }
        if let stopped = task.stopped { parts.append(self.stopped(stopped, of: task, at: now)) }
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private static func stopped(
        _ stopped: TaskAccount.Stopped, of task: TaskAccount, at now: Int64
    ) -> [String] {
        var rows = [("code", stopped.code ?? "none")]
        if let reason = stopped.reason { rows.append(("reason", reason)) }
        if let at = stopped.stoppedAt ?? stopped.stoppingAt {
            rows.append(("when", "\(StatusText.age(at, now)) ago"))
        }
        for container in task.containers {
            let exit = container.exitCode.map { ", exit code \($0)" } ?? ""
            let reason = container.reason.map { ": \($0)" } ?? ""
            rows.append(("container", "\(container.name) \(container.status)\(exit)\(reason)"))
        }
        rows.append(("followed", stopped.followed))
        for next in stopped.startedNext {
            rows.append(
                (
                    "",
                    "\(next.id.prefix(8)) \(next.taskDefinition) on \(next.worker), "
                        + next.lastStatus
                ))
        }
        return ["why stopped"] + indented([stopped.summary]) + list(rows)
    }

    // MARK: Services

    private static func render(
        _ service: ServiceAccount, _ place: String, at now: Int64
    ) -> String {
        var rows = [("verdict", "\(service.verdict.rawValue): \(service.summary)")]
        for remedy in service.remedies { rows.append(("would help", remedy)) }
        if let next = service.nextTry {
            let left = service.nextTryAt.map { ", in \(max(0, $0 - now + 999) / 1_000) s" } ?? ""
            rows.append(("next try", next + left))
        }
        rows.append(
            (
                "tasks",
                "\(service.running) running and \(service.pending) pending of \(service.desired), "
                    + "\(service.stopping) stopping"
            ))
        let bounds = service.bounds
        rows.append(
            (
                "bounds",
                "\(bounds.minimumHealthyPercent)-\(bounds.maximumPercent) %: at least "
                    + "\(bounds.lower) healthy, at most \(bounds.upper)"
            ))
        var parts = [["service \(service.name) \(place)"] + list(rows)]
        if !service.deployments.isEmpty { parts.append([deployments(service, at: now)]) }
        if let placement = service.placement {
            parts.append(["where its next task would go"] + self.placement(placement))
        }
        if !service.recentStops.isEmpty {
            parts.append(["tasks that stopped last"] + stops(service.recentStops, at: now))
        }
        if !service.events.isEmpty {
            parts.append(
                ["newest events"]
                    + indented(
                        service.events.map { "\(StatusText.age($0.at, now)) ago  \($0.message)" }))
        }
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private static func deployments(_ service: ServiceAccount, at now: Int64) -> String {
        var table = TextTable(["DEPLOYMENT", "DEFINITION", "RUNNING", "PENDING", "FAILED", "STATE"])
        for deployment in service.deployments {
            let failed =
                "\(deployment.failedTasks)"
                + (deployment.failedTasksMaximum.map { " of \($0)" } ?? "")
            table.add([
                deployment.id + (deployment.isPrimary ? " PRIMARY" : ""),
                deployment.taskDefinition, "\(deployment.running)", "\(deployment.pending)",
                failed, "\(deployment.rolloutState): \(deployment.rolloutStateReason)",
            ])
        }
        return table.text
    }

    private static func stops(_ stops: [ServiceAccount.Stop], at now: Int64) -> [String] {
        indented(
            stops.map { stop in
                let age = stop.stoppedAt.map { "\(StatusText.age($0, now)) ago" } ?? ""
                let codes = stop.exitCodes.map { " exit \($0)" }.joined(separator: ",")
                return "\(stop.task.prefix(8)) on \(stop.worker) \(age): "
                    + (stop.reason ?? stop.code ?? "no reason") + codes
            })
    }

    // MARK: Places

    private static func placement(_ placement: PlacementAccount) -> [String] {
        let need = placement.need
        var asks = ["\(need.cpu) CPU units", "\(need.memory) MiB"]
        if need.gpus > 0 { asks.append("\(need.gpus) GPUs") }
        if !need.ports.isEmpty { asks.append("ports " + need.ports.joined(separator: ", ")) }
        asks += need.attributes.map { "attribute \($0)" } + need.constraints
        var rows = [("needs", asks.joined(separator: ", "))]
        rows.append(("preference", need.strategies.joined(separator: ", then ")))
        let removed = placement.removed.map { "\($0.count) \($0.reason)" }
        rows.append(
            (
                "instances",
                "\(placement.candidates) looked at, \(placement.fitting) fit"
                    + (removed.isEmpty ? "" : "; removed: " + removed.joined(separator: ", "))
            ))
        for (number, ranked) in placement.ranking.prefix(3).enumerated() {
            let scores = ranked.scores.map { $0.map { "\($0)" } ?? "none" }
            let shown = zip(need.strategies, scores).map { "\($0) \($1)" }
            rows.append(
                (
                    "best \(number + 1)",
                    "\(ranked.worker): "
                        + (shown + ["\(ranked.tasks) tasks"]).joined(separator: ", ")
                ))
        }
        if let nearest = placement.nearest, placement.fitting == 0 {
            let missing = nearest.missing.map { " \($0) are missing." } ?? ""
            rows.append(("nearest", "\(nearest.worker): \(nearest.detail)\(missing)"))
        }
        for obstacle in placement.obstacles.prefix(obstaclesShown) {
            rows.append(("lacks", "\(obstacle.worker): \(obstacle.reason): \(obstacle.detail)"))
        }
        let more = placement.candidates - placement.fitting - obstaclesShown
        if more > 0 { rows.append(("", "and \(more) more")) }
        return list(rows)
    }

    // MARK: Lines

    private static func indented(_ lines: [String]) -> [String] { lines.map { "  " + $0 } }

    private static func list(_ rows: [(String, String)]) -> [String] {
        rows.map { name, text in
            "  " + name + String(repeating: " ", count: max(1, 12 - name.count)) + text
        }
    }
}
