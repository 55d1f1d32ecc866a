import ECSAPI
import Foundation

/// Join tokens as a person reads them.
enum TokenText {
    static func render(_ report: JoinTokenReport) -> String {
        guard !report.tokens.isEmpty else {
            return "No join token. `muster token create --cluster NAME` makes one."
        }
        var table = TextTable(["TOKEN", "CLUSTER", "REGION", "CREATED", "ENDS", "STATE"])
        for token in report.tokens {
            table.add([
                token.id, token.cluster.isEmpty ? "(deleted)" : token.cluster, token.region,
                time(token.createdAt), time(token.endsAt), token.state,
            ])
        }
        return table.text
    }

    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            .formatted(.iso8601)
    }
}
