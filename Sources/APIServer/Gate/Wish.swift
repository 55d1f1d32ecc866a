import ECSAPI
import HTTPTypes
import Hummingbird
import Model

/// What a request wants, as far as a right to it goes.
struct Wish {
    /// As AWS names it: `ecs:RunTask`.
    let action: String
    let isReading: Bool

    /// Own operations that only read though they are posted.
    private static let readingPosts: Set = [
        "/muster/v1/explain", "/muster/v1/history", "/muster/v1/logs", "/muster/v1/plan",
        "/muster/v1/status",
    ]

    init(_ request: Request, _ body: [UInt8]) {
        let path = request.uri.path
        if path != "/" {
            let isGet = request.method == .get || request.method == .head
            action = "muster:\(request.method.rawValue) \(path.prefix(128))"
            isReading = isGet || Self.readingPosts.contains(path)
        } else if let target = request.headers[.amzTarget] {
            let operation = target.split(separator: ".").last.map { String($0) } ?? ""
            let service = Self.services(of: request).first ?? "aws"
            action = "\(service):\(operation.prefix(128))"
            isReading = Self.isReading(operation)
        } else {
            let operation = Form.decode(String(decoding: body, as: UTF8.self))["Action"] ?? ""
            action = "\(operation == "GetCallerIdentity" ? "sts" : "aws"):\(operation.prefix(128))"
            // As in AWS, nobody needs a right to learn who it is.
            isReading = Self.isReading(operation) || operation == "GetCallerIdentity"
        }
    }

    private static func isReading(_ operation: String) -> Bool {
        operation.hasPrefix("Describe") || operation.hasPrefix("List")
            || operation == "GetLogEvents" || operation == "FilterLogEvents"
    }

    func demandReading(_ key: AccessKey, _ account: String) throws(GateFault) {
        guard !isReading else { return }
        let user = key.name.isEmpty ? "\(key.id)" : key.name
        throw .denied(
            "User: arn:aws:iam::\(account):user/\(user) is not authorized to perform: \(action) "
                + "because access key \(key.id) is read-only. Use another key for this.")
    }

    /// The names that a request's credential scope may have for its service; any when it is empty.
    static func services(of request: Request) -> [String] {
        if request.uri.path != "/" { return ["muster", "ecs"] }
        let target = request.headers[.amzTarget] ?? ""
        if target.hasPrefix(ECSEndpoint.targetPrefix) { return ["ecs"] }
        return target.hasPrefix(CloudWatchLogsEndpoint.targetPrefix) ? ["logs"] : []
    }

    /// Whether it is of AWS's Query protocol, whose answers are XML.
    static func isQuery(_ request: Request) -> Bool {
        request.uri.path == "/" && request.headers[.amzTarget] == nil
    }
}
