/// Reports as text.
public enum ReportText {
    public static func render(_ run: RunReport) -> String {
        var lines = ["seed \(run.seed): \(run.summary)", ""]
        lines += services(run.availability)
        lines += [""] + facts(run.availability)
        lines.append(field("broke first", run.brokeFirst))
        lines.append(field("invariants", invariants(run)))
        if let rest = run.restedAfter {
            lines.append(field("at rest", "\(Figures.span(rest)) after the faults stopped"))
        }
        lines.append(field("replay", run.replay))
        return lines.joined(separator: "\n")
    }

    public static func render(_ batch: BatchReport) -> String {
        if batch.runs.count == 1 { return render(batch.runs[0]) }
        var table = Table([
            "SERVICE", "DESIRED", "MINIMUM", "AT MINIMUM", "AT DESIRED", "LONGEST BELOW", "LOWEST",
            "WORST SEED",
        ])
        for service in batch.services {
            table.add([
                service.name, "\(service.desired)", "\(service.minimum)",
                Figures.percent(service.share), Figures.percent(service.desiredShare),
                below(service.longestShortage), "\(service.lowest)",
                "\(service.worstSeed) (\(Figures.percent(service.worstShare)))",
            ])
        }
        var lines = ["\(batch.runs.count) seeds", ""] + table.lines + [""]
        let slowest = batch.slowest.map { slowest in
            ", seed \(slowest.seed), \(slowest.recovery.worker) at "
                + Figures.moment(slowest.recovery.time)
        }
        let runs = batch.runs.map(\.availability)
        lines.append(
            recovery(
                batch.recoveries, unrecovered: runs.reduce(0) { $0 + $1.unrecovered },
                worst: slowest ?? ""))
        lines += copies(
            duplicates: runs.reduce(0) { $0 + $1.duplicates },
            leftovers: runs.flatMap(\.leftovers).sorted())
        let worst = batch.worst
        lines.append(field("worst seed", "\(worst.seed): \(worst.summary)"))
        lines.append(field("broke first", worst.brokeFirst))
        let violated = batch.violated
        lines.append(
            field(
                "invariants",
                violated.isEmpty
                    ? "all held in every run"
                    : "BROKEN in seeds \(violated.map { "\($0.seed)" }.joined(separator: ", "))"))
        for run in violated where run.seed != worst.seed {
            lines.append(field("", invariants(run)))
            lines.append(field("", run.replay))
        }
        lines.append(field("replay", worst.replay))
        return lines.joined(separator: "\n")
    }

    /// The services of a run as a table.
    public static func services(_ availability: Availability) -> [String] {
        guard !availability.services.isEmpty else { return ["  no service came into being"] }
        var table = Table([
            "SERVICE", "DESIRED", "MINIMUM", "AT MINIMUM", "AT DESIRED", "LONGEST BELOW", "LOWEST",
            "TIMES BELOW",
        ])
        for service in availability.services {
            table.add([
                service.name, "\(service.desired)", "\(service.minimum)",
                Figures.percent(service.share), Figures.percent(service.desiredShare),
                below(service.longestShortage), "\(service.lowest)",
                "\(service.shortages.count)",
            ])
        }
        return table.lines
    }

    /// Recoveries and copies of a run.
    static func facts(_ availability: Availability) -> [String] {
        let slowest = availability.recoveries.max {
            ($0.duration ?? .max) < ($1.duration ?? .max)
        }
        let worst = slowest.map { ", \($0.worker) at \(Figures.moment($0.time))" } ?? ""
        let lines = [
            recovery(
                availability.recoveryTimes, unrecovered: availability.unrecovered, worst: worst)
        ]
        guard availability.sawContainers else { return lines }
        return lines
            + copies(
                duplicates: availability.duplicates, leftovers: availability.leftovers)
    }

    static func field(_ name: String, _ text: String) -> String {
        "  " + name + String(repeating: " ", count: max(1, 14 - name.count)) + text
    }

    private static func below(_ longest: Int64) -> String {
        longest == 0 ? "never" : Figures.span(longest)
    }

    private static func recovery(
        _ times: [Int64], unrecovered: Int, worst place: String
    ) -> String {
        let count = times.count + unrecovered
        guard count > 0 else { return field("host losses", "none took a task of a service") }
        var text = "\(count) took tasks"
        if let median = Figures.median(times), let worst = times.last {
            text += "; all there again after \(Figures.span(median)) (median), "
            text += "\(Figures.span(worst)) (worst"
            text += unrecovered == 0 ? "\(place))" : ")"
        }
        if unrecovered > 0 { text += "; \(unrecovered) not recovered from by the end" }
        return field("host losses", text)
    }

    private static func copies(duplicates: Int, leftovers: [Int64]) -> [String] {
        let ranOn =
            leftovers.last.map {
                "\(Figures.counted(leftovers.count, "task")) ran on after being given up, "
                    + "\(Figures.span($0)) at most"
            } ?? "none ran on after being given up"
        return [
            field(
                "duplicates",
                duplicates == 0
                    ? "none" : "\(Figures.counted(duplicates, "container")) started while alive"),
            field("leftovers", ranOn),
        ]
    }

    private static func invariants(_ run: RunReport) -> String {
        guard let violation = run.violation else {
            return "all held, over \(run.records) records and \(run.coreEvents) core events"
        }
        return "BROKEN at \(Figures.moment(run.violatedAt)): \(violation)"
    }
}
