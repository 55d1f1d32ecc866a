import ECSAPI
import Foundation

/// Access keys as a person reads them.
enum KeyText {
    static func render(_ report: AccessKeyReport) -> String {
        guard !report.keys.isEmpty else {
            return "No access key: requests need no signature. `muster key create` makes one."
        }
        var table = TextTable(["KEY", "NAME", "ACCESS", "CREATED", "STATE"])
        for key in report.keys {
            table.add([
                key.id, key.name, key.readOnly ? "READ" : "FULL", time(key.createdAt),
                key.revokedAt.map { "REVOKED \(time($0))" } ?? "VALID",
            ])
        }
        return table.text
    }

    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            .formatted(.iso8601)
    }
}
