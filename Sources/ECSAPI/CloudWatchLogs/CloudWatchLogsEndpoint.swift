import ClusterState
public import Model

/// The corner of CloudWatch Logs that reads output where tasks have the log driver `awslogs`: what
/// groups and streams there are, and their events. Nothing is stored: a group is what task
/// definitions name, a stream what one container of a task wrote while its worker keeps it.
public struct CloudWatchLogsEndpoint: Sendable {
    /// What comes before the operation in `X-Amz-Target`.
    public static let targetPrefix = "Logs_20140328."

    let account: String
    let controlPlane: any ControlPlane
    let reader: (any LogReader)?
    let isEnding: @Sendable () -> Bool

    /// - Parameters:
    ///   - account: The 12 digits that ARNs carry.
    ///   - reader: `nil` where no output can be read.
    ///   - isEnding: Whether the server is to end: an answer then has what there is.
    public init(
        account: String, controlPlane: some ControlPlane, reader: (any LogReader)?,
        isEnding: @escaping @Sendable () -> Bool = { false }
    ) {
        self.account = account
        self.controlPlane = controlPlane
        self.reader = reader
        self.isEnding = isEnding
    }

    /// Performs one operation.
    ///
    /// - Parameter region: That of the groups: `awslogs-region` in task definitions.
    /// - Returns: The answer's JSON.
    /// - Throws: ``APIError`` with the code that CloudWatch Logs gives.
    public func perform(
        _ operation: String, region: String, body: [UInt8]
    ) async throws(APIError) -> [UInt8] {
        let input = try OwnCoding.decode(
            LogRequestBody.self, from: body, help: "the members of \(operation.prefix(64))")
        let call = LogCall(
            input: input, region: region, account: account,
            groups: try LogGroups(controlPlane.snapshot(), region: region), isEnding: isEnding)
        switch operation {
        case "DescribeLogGroups": return try OwnCoding.encode(try call.describeGroups())
        case "DescribeLogStreams": return try OwnCoding.encode(try call.describeStreams())
        case "GetLogEvents": return try OwnCoding.encode(try await call.getEvents(known()))
        case "FilterLogEvents": return try OwnCoding.encode(try await call.filterEvents(known()))
        default:
            throw APIError(
                .unknownOperation,
                "Muster reads logs and keeps no log groups of its own: of CloudWatch Logs it has "
                    + "DescribeLogGroups, DescribeLogStreams, GetLogEvents and FilterLogEvents, "
                    + "not '\(operation.prefix(64))'.")
        }
    }

    private func known() throws(APIError) -> any LogReader {
        guard let reader else {
            throw APIError(.serviceUnavailable, "No output can be read here.")
        }
        return reader
    }
}

/// One call. Each operation is a method in a file of its own.
struct LogCall: Sendable {
    let input: LogRequestBody
    let region: String
    let account: String
    let groups: LogGroups
    let isEnding: @Sendable () -> Bool

    func arn(of group: String) -> String { "arn:aws:logs:\(region):\(account):log-group:\(group)" }

    /// The group that the request names, by its name or its ARN.
    func group() throws(APIError) -> String {
        let name = input.logGroupName ?? input.logGroupIdentifier.map(Self.name)
        guard let name, !name.isEmpty else {
            throw invalid(
                "1 validation error detected: Value null at 'logGroupName' failed to satisfy "
                    + "constraint: Member must not be null")
        }
        return name
    }

    private static func name(of identifier: String) -> String {
        guard identifier.hasPrefix("arn:") else { return identifier }
        let parts = identifier.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 6 ? String(parts[6]) : ""
    }

    /// The streams of the group, oldest first.
    func streams() throws(APIError) -> [(stream: LogStreamName, task: ECSTask)] {
        guard let streams = groups.streams(of: try group()) else {
            throw APIError(.resourceNotFound, "The specified log group does not exist.")
        }
        return streams
    }

    func limit(atMost maximum: Int) throws(APIError) -> Int {
        let limit = input.limit ?? maximum
        guard limit >= 1, limit <= maximum else {
            throw invalid(
                "1 validation error detected: Value '\(limit)' at 'limit' failed to satisfy "
                    + "constraint: Member must have value "
                    + (limit < 1
                        ? "greater than or equal to 1" : "less than or equal to \(maximum)"))
        }
        return limit
    }

    /// Nanoseconds of a time in milliseconds since 1970.
    func nanoseconds(_ milliseconds: Int64?) -> Int64? {
        milliseconds.map { time in
            let product = max(0, time).multipliedReportingOverflow(by: 1_000_000)
            return product.overflow ? .max : product.partialValue
        }
    }

    func invalid(_ message: String) -> APIError { APIError(.invalidParameter, message) }

    /// What can't be read since a worker is away.
    func unavailable(_ problem: String) -> APIError { APIError(.serviceUnavailable, problem) }
}
