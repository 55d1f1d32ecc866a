import Advice

/// A forecast as a person reads it.
enum ForecastText {
    /// Steps that are shown of a long list: its beginning and its end.
    static let stepsShown = 24

    static func render(_ forecast: Forecast) -> String {
        var parts = [
            ([
                "plan: \(forecast.change.joined(separator: ", ")) in cluster \(forecast.cluster) "
                    + "(\(forecast.region)); nothing was changed"
            ] + summary(forecast)).joined(separator: "\n")
        ]
        if !forecast.steps.isEmpty { parts.append(steps(forecast)) }
        parts += forecast.services.map(service)
        return parts.joined(separator: "\n\n")
    }

    private static func summary(_ forecast: Forecast) -> [String] {
        let paces =
            "tasks that need \(seconds(forecast.startMilliseconds)) to start and "
            + "\(seconds(forecast.stopMilliseconds)) to stop"
        let took = seconds(forecast.duration)
        var rows = [("verdict", "\(forecast.verdict.rawValue): \(forecast.reason)")]
        for service in forecast.services {
            for remedy in service.remedies {
                rows.append(("would help", "\(remedy) (service \(service.name))"))
            }
        }
        switch forecast.verdict {
        case .nothing: break
        case .finishes: rows.append(("takes", "\(took), with \(paces)"))
        default: rows.append(("goes on for", "\(took), with \(paces)"))
        }
        let peak = forecast.peak
        rows.append(
            (
                "peak",
                "\(peak.tasks) tasks, \(share(peak.cpu, forecast.capacityCPU)) CPU units, "
                    + "\(share(peak.memory, forecast.capacityMemory)) MiB at \(seconds(peak.at)) "
                    + "(now \(forecast.before.tasks) tasks, \(forecast.before.cpu) CPU units, "
                    + "\(forecast.before.memory) MiB)"
            ))
        return rows.map { name, text in
            "  " + name + String(repeating: " ", count: max(1, 12 - name.count)) + text
        }
    }

    private static func share(_ held: Int, _ capacity: Int) -> String {
        capacity == 0 ? "\(held)" : "\(held) of \(capacity) (\(held * 100 / capacity) %)"
    }

    private static func steps(_ forecast: Forecast) -> String {
        var table = TextTable(["AT", "STEP", "DEFINITION", "OF", "WORKERS"])
        let all = forecast.steps
        let isLong = all.count > stepsShown
        let shown = isLong ? Array(all.prefix(stepsShown / 2)) : all
        for step in shown { table.add(row(step)) }
        guard isLong else { return table.text }
        let tail = all.suffix(stepsShown / 2)
        let left = all.count - stepsShown + forecast.stepsLeftOut
        table.add(["…", "\(left) more steps", "", "", ""])
        for step in tail { table.add(row(step)) }
        return table.text
    }

    private static func row(_ step: Forecast.Step) -> [String] {
        let what: String
        switch step.action {
        case .start: what = "start \(step.count)"
        case .stop: what = "stop \(step.count)"
        case .running: what = "\(step.count) RUNNING"
        case .stopped: what = "\(step.count) STOPPED"
        }
        let names = step.workers.sorted { $0.key < $1.key }
        let shown = names.prefix(6).map { $1 == 1 ? $0 : "\($0) (\($1))" }
        let more = names.count > 6 ? ", and \(names.count - 6) more" : ""
        return [
            "+\(seconds(step.at))", what, step.taskDefinition, step.group,
            shown.joined(separator: ", ") + more,
        ]
    }

    private static func service(_ service: Forecast.Service) -> String {
        var lines = [
            "service \(service.name): \(service.runningBefore) of \(service.desiredBefore) tasks "
                + "of \(service.definitionBefore) now; then \(service.runningAfter) of "
                + "\(service.desiredAfter) of \(service.definitionAfter), \(service.rolloutState)",
            "  \(service.started) tasks started, \(service.stopped) stopped; never fewer than "
                + "\(service.lowestRunning) run, never more than \(service.highestWanted) are "
                + "wanted",
        ]
        if !service.wasSteady {
            lines.append("  it was on its way already: some of these steps come without the change")
        }
        if let obstacle = service.obstacle, let at = service.obstacleAt {
            lines.append("  at \(seconds(at)): \(obstacle)")
        }
        return lines.joined(separator: "\n")
    }

    /// Such as `9s`, `1.5s` or `2m 5s`.
    static func seconds(_ milliseconds: Int64) -> String {
        let tenths = (milliseconds + 50) / 100
        if tenths < 1_200 {
            return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
        }
        let whole = (milliseconds + 500) / 1_000
        return "\(whole / 60)m" + (whole % 60 == 0 ? "" : " \(whole % 60)s")
    }
}
