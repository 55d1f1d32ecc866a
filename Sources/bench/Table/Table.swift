/// A row of the table: what was measured, what it should be, and whether it is.
struct Row {
    enum Verdict: String {
        case pass
        case miss = "MISS"
        /// There is no target, or no way to measure here: `measured` says which.
        case stated
    }

    var measure: String
    var target: String
    var measured: String
    var verdict: Verdict

    init(_ measure: String, target: String, measured: String, verdict: Verdict) {
        self.measure = measure
        self.target = target
        self.measured = measured
        self.verdict = verdict
    }

    init(_ measure: String, target: String, measured: String, isMet: Bool) {
        self.init(measure, target: target, measured: measured, verdict: isMet ? .pass : .miss)
    }
}

/// Text in columns, as Markdown has them.
struct Table {
    var header: [String]
    var rows: [[String]] = []

    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) + "|" }.joined()
        return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
    }
}

extension Table {
    init(_ rows: [Row]) {
        header = ["measure", "target", "measured", "verdict"]
        self.rows = rows.map { [$0.measure, $0.target, $0.measured, $0.verdict.rawValue] }
    }
}
