import ECSAPI
import Model

/// Changes as a person reads them, oldest first.
enum HistoryText {
    /// - Parameter isCut: Whether there is more that was not asked for.
    static func render(
        _ entries: [HistoryReport.Entry], oldest: WallTime?, isCut: Bool
    ) -> String {
        guard !entries.isEmpty else {
            let since = oldest.map { " Changes are kept since \($0.text)." } ?? ""
            return "Nothing happened.\(since)"
        }
        var table = TextTable(["TIME", "CAUSE", "OBJECT", "WHAT IT BECAME"])
        for entry in entries.reversed() {
            table.add([
                WallTime(milliseconds: entry.time).text, entry.cause, object(entry), entry.summary,
            ])
        }
        guard isCut else { return table.text }
        return "  … older changes are left out: --limit shows more\n" + table.text
    }

    private static func object(_ entry: HistoryReport.Entry) -> String {
        switch entry.kind {
        case "task": "task \(entry.id.prefix(8)) \(entry.name ?? "")"
        case "event": "event of \(entry.name ?? "a service")"
        case "deployment", "revision":
            "\(entry.kind) \(entry.id) of \(entry.name ?? "a service")"
        default: "\(entry.kind) \(entry.name ?? entry.id)"
        }
    }
}
