/// A report as one HTML file: nothing in it comes from elsewhere.
public enum Page {
    /// - Parameters:
    ///   - batch: What is told; the timeline is that of its worst run.
    ///   - timeline: Of the worst run.
    public static func render(_ batch: BatchReport, timeline: Timeline) -> String {
        let worst = batch.worst
        let isBatch = batch.runs.count > 1
        let title =
            isBatch
            ? "\(batch.runs.count) simulated clusters" : "Simulated cluster, seed \(worst.seed)"
        var parts = [
            "<h1>\(title.escaped)</h1>",
            #"<p class="lead">\#(lead(batch).escaped)</p>"#,
            cards(batch), first(worst), plot(timeline, of: isBatch ? worst.seed : nil),
            "<h2>Services\(isBatch ? " over all seeds" : "")</h2>", services(batch),
        ]
        parts += shortages(worst.availability, timeline) + recoveries(worst.availability, timeline)
        if isBatch { parts += ["<h2>The ten worst seeds</h2>", seeds(batch)] }
        parts.append("<h2>Again</h2><pre><code>\(worst.replay.escaped)</code></pre>")
        return document(title, parts)
    }

    /// The page of a real cluster's history.
    public static func render(_ check: HistoryReport, timeline: Timeline) -> String {
        let title = "A cluster's history"
        let span = Figures.span(timeline.end - timeline.start)
        let lead =
            "\(check.records) records over \(span), as the manager kept them. "
            + check.verdict
        let availability = check.availability
        var parts = [
            "<h1>\(title)</h1>", #"<p class="lead">\#(lead.escaped)</p>"#,
            plot(timeline, of: nil), "<h2>Services</h2>", table(of: availability),
        ]
        parts += shortages(availability, timeline) + recoveries(availability, timeline)
        return document(title, parts)
    }

    /// What a failure test of a real cluster came to.
    public struct Trial: Sendable {
        public var title: String
        public var lead: String
        public var isPassed: Bool
        /// Rows of verdict, expectation, bound, measured.
        public var verdicts: [[String]]
        /// Rows of fault, service, time until it was whole again.
        public var recoveries: [[String]]

        public init(
            title: String, lead: String, isPassed: Bool, verdicts: [[String]],
            recoveries: [[String]]
        ) {
            self.title = title
            self.lead = lead
            self.isPassed = isPassed
            self.verdicts = verdicts
            self.recoveries = recoveries
        }
    }

    /// The page of a failure test.
    public static func render(_ trial: Trial, timeline: Timeline) -> String {
        let kind = trial.isPassed ? "good" : "bad"
        let failed = trial.verdicts.count { $0.first != "ok" }
        let verdict = trial.isPassed ? "passed" : "failed: \(failed) of \(trial.verdicts.count)"
        let availability = Availability(timeline)
        var parts = [
            "<h1>\(trial.title.escaped)</h1>", #"<p class="lead">\#(trial.lead.escaped)</p>"#,
            #"<p class="first \#(kind)"><b>Verdict:</b> \#(verdict.escaped)</p>"#,
            table(
                ["verdict", "expectation", "bound", "measured"], trial.verdicts,
                words: [0, 1, 3]),
            plot(timeline, of: nil), "<h2>Services</h2>", table(of: availability),
        ]
        if !trial.recoveries.isEmpty {
            parts += [
                "<h2>Faults after which services were short of tasks</h2>",
                table(
                    ["fault", "service", "whole again after"], trial.recoveries, words: [0, 1]),
            ]
        }
        return document(
            trial.title, parts + shortages(availability, timeline))
    }

    private static func document(_ title: String, _ parts: [String]) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title.escaped)</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        <main>
        \(parts.joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    private static func lead(_ batch: BatchReport) -> String {
        guard batch.runs.count > 1 else { return batch.worst.summary }
        return "Seeds \(batch.runs[0].seed) to \(batch.runs[batch.runs.count - 1].seed). The "
            + "timeline shows the worst, seed \(batch.worst.seed): \(batch.worst.summary)."
    }

    // MARK: Figures on top

    private static func cards(_ batch: BatchReport) -> String {
        let runs = batch.runs.map(\.availability)
        let worstService = batch.services.min { $0.share < $1.share }
        let unrecovered = runs.reduce(0) { $0 + $1.unrecovered }
        let losses = batch.recoveries.count + unrecovered
        let duplicates = runs.reduce(0) { $0 + $1.duplicates }
        let leftovers = runs.flatMap(\.leftovers).sorted()
        let violated = batch.violated.count
        let recovery = Figures.median(batch.recoveries).map(Figures.span) ?? "–"
        let slowest = batch.recoveries.last.map(Figures.span) ?? "–"
        return #"<div class="cards">"#
            + card(
                "At or above the minimum", worstService.map { Figures.percent($0.share) } ?? "–",
                worstService.map { "\($0.name); desired \(Figures.percent($0.desiredShare))" }
                    ?? "no service came into being")
            + card(
                "Time to recover, median", recovery,
                "worst \(slowest), over \(losses) host loss\(losses == 1 ? "" : "es")"
                    + (unrecovered > 0 ? ", \(unrecovered) open at the end" : ""))
            + card(
                "Duplicates", "\(duplicates)",
                leftovers.last.map {
                    "\(leftovers.count) ran on after being given up, \(Figures.span($0)) at most"
                } ?? "none ran on after being given up",
                duplicates > 0 ? "bad" : "good")
            + card(
                "Invariants", violated == 0 ? "held" : "broken",
                violated == 0
                    ? "over \(batch.runs.reduce(0) { $0 + $1.records }) records"
                    : "in \(violated) of \(Figures.counted(batch.runs.count, "seed"))",
                violated > 0 ? "bad" : "good") + "</div>"
    }

    private static func card(
        _ label: String, _ figure: String, _ note: String, _ kind: String = ""
    ) -> String {
        #"<div class="card \#(kind)"><span class="label">\#(label.escaped)</span>"#
            + "<b>\(figure.escaped)</b><span>\(note.escaped)</span></div>"
    }

    private static func first(_ run: RunReport) -> String {
        let text = run.brokeFirst
        let kind = text == "nothing" ? "good" : run.violation == nil ? "" : "bad"
        return #"<p class="first \#(kind)"><b>Broke first:</b> \#(text.escaped)</p>"#
    }

    // MARK: The timeline

    private static func plot(_ timeline: Timeline, of seed: UInt64?) -> String {
        let name = seed.map { "<h2>Timeline of seed \($0)</h2>" } ?? "<h2>Timeline</h2>"
        return name + "<figure><figcaption>\(legend(timeline))</figcaption>"
            + Plot(timeline: timeline).render() + "</figure>"
    }

    private static func legend(_ timeline: Timeline) -> String {
        var keys = [
            ("key-run thin", "running"), ("key-desired thin", "desired"),
            ("key-minimum thin", "minimum"), ("key-short", "below the minimum"),
            ("key-roll", "deployment ▾, rolled out ●"),
            ("key-loss", "host lost with tasks ▴"),
        ]
        let names: [Lane.Band.Kind: String] = [
            .down: "not running", .agent: "agent away", .paused: "standing still",
            .cut: "link cut", .slow: "slow", .blip: "broken connection, clock jump",
            .lost: "given up by the manager",
        ]
        let kinds = Set(timeline.lanes.flatMap { $0.bands.map(\.kind) })
        for kind in Lane.Band.Kind.allCases where kinds.contains(kind) {
            keys.append((kind == .lost ? "lost thin" : kind.rawValue, names[kind] ?? ""))
        }
        return keys.map { #"<span><i class="\#($0.0)"></i>\#($0.1)</span>"# }.joined()
    }
}
