import Simulation

extension Page {
    static func services(_ batch: BatchReport) -> String {
        guard batch.runs.count > 1 else { return table(of: batch.runs[0].availability) }
        let rows = batch.services.map { service in
            [
                service.name, "\(service.desired)", "\(service.minimum)",
                Figures.percent(service.share), Figures.percent(service.desiredShare),
                below(service.longestShortage), "\(service.lowest)", "\(service.worstSeed)",
            ]
        }
        return table(
            [
                "service", "desired", "minimum", "at minimum", "at desired", "longest below",
                "lowest", "worst seed",
            ], rows)
    }

    static func table(of availability: Availability) -> String {
        let rows = availability.services.map { service in
            [
                service.name, "\(service.desired)", "\(service.minimum)",
                Figures.percent(service.share), Figures.percent(service.desiredShare),
                below(service.longestShortage), "\(service.lowest)", "\(service.shortages.count)",
            ]
        }
        return table(
            [
                "service", "desired", "minimum", "at minimum", "at desired", "longest below",
                "lowest", "times below",
            ], rows)
    }

    private static func below(_ longest: Int64) -> String {
        longest == 0 ? "never" : Figures.span(longest)
    }

    static func shortages(_ availability: Availability, _ timeline: Timeline) -> [String] {
        let all = availability.services.flatMap(\.shortages)
        guard !all.isEmpty else { return [] }
        let worst = all.sorted { ($1.duration, $0.start) < ($0.duration, $1.start) }.prefix(8)
        let rows = worst.map { shortage in
            [
                Figures.moment(shortage.start - timeline.start), shortage.service,
                Figures.span(shortage.duration), "\(shortage.lowest) of \(shortage.minimum)",
                shortage.cause,
            ]
        }
        return [
            "<h2>\(all.count > rows.count ? "Longest times" : "Times") below the minimum</h2>",
            table(["at", "service", "for", "lowest", "began with"], Array(rows), words: [1, 4]),
        ]
    }

    static func recoveries(_ availability: Availability, _ timeline: Timeline) -> [String] {
        let all = availability.recoveries
        guard !all.isEmpty else { return [] }
        let slowest = all.sorted {
            ($1.duration ?? .max, $0.time) < ($0.duration ?? .max, $1.time)
        }.prefix(8)
        let rows = slowest.map { recovery in
            [
                Figures.moment(recovery.time - timeline.start), recovery.worker, recovery.service,
                "\(recovery.tasks)", recovery.duration.map(Figures.span) ?? "not by the end",
            ]
        }
        return [
            "<h2>\(all.count > rows.count ? "Slowest recoveries" : "Recoveries") "
                + "from a lost host</h2>",
            table(
                ["at", "worker", "service", "tasks lost", "all there after"], Array(rows),
                words: [1, 2]),
        ]
    }

    static func seeds(_ batch: BatchReport) -> String {
        let runs = batch.runs.sorted { left, right in
            if left.isWorse(than: right) { return true }
            return !right.isWorse(than: left) && left.seed < right.seed
        }
        let rows = runs.prefix(10).map { run in
            [
                "\(run.seed)", Figures.percent(run.share), Figures.span(run.longestShortage),
                run.violation.map(\.invariant) ?? "held", run.brokeFirst,
            ]
        }
        return table(
            ["seed", "at minimum", "longest below", "invariants", "broke first"], Array(rows),
            words: [3, 4])
    }

    /// - Parameter words: Columns that hold words; the others hold numbers.
    static func table(
        _ header: [String], _ rows: [[String]], words: Set<Int> = [0]
    ) -> String {
        func cells(_ row: [String], _ tag: String) -> String {
            row.enumerated().map { index, cell in
                let kind = words.contains(index) ? "" : #" class="n""#
                return "<\(tag)\(kind)>\(cell.escaped)</\(tag)>"
            }.joined()
        }
        return "<table><tr>\(cells(header, "th"))</tr>"
            + rows.map { "<tr>\(cells($0, "td"))</tr>" }.joined(separator: "\n") + "</table>"
    }
}
