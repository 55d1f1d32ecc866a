import ClusterState
public import Model

/// The corner of CloudWatch Logs that has groups, and reads output where tasks have the log driver
/// `awslogs`: what groups and streams there are, and their events. A group is what a client made or
/// task definitions name, a stream what one container of a task wrote while its worker keeps it.
public struct CloudWatchLogsEndpoint: Sendable {
    /// What comes before the operation in `X-Amz-Target`.
    public static let targetPrefix = "Logs_20140328."

    let account: String
    let controlPlane: any ControlPlane
    let reader: (any LogReader)?
    let now: @Sendable () -> WallTime
    let isEnding: @Sendable () -> Bool

    /// - Parameters:
    ///   - account: The 12 digits that ARNs carry.
    ///   - reader: `nil` where no output can be read.
    ///   - now: Civil time, for what groups no longer show.
    ///   - isEnding: Whether the server is to end: an answer then has what there is.
    public init(
        account: String, controlPlane: some ControlPlane, reader: (any LogReader)?,
        now: @escaping @Sendable () -> WallTime,
        isEnding: @escaping @Sendable () -> Bool = { false }
    ) {
        self.account = account
        self.controlPlane = controlPlane
        self.reader = reader
        self.now = now
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
        switch operation {
        case "DescribeLogGroups", "DescribeLogStreams", "GetLogEvents", "FilterLogEvents":
            return try await read(operation, region: region, body)
        case "ListTagsForResource":
            return try OwnCoding.encode(
                try groupCall(operation, region: region, body).listTagsForResource())
        case "ListTagsLogGroup":
            return try OwnCoding.encode(
                try groupCall(operation, region: region, body).listTagsOfGroup())
        default:
            try await change(operation, region: region, body)
            return try OwnCoding.encode(NoMembers())
        }
    }

    private func read(
        _ operation: String, region: String, _ body: [UInt8]
    ) async throws(APIError) -> [UInt8] {
        let call = LogCall(
            input: try Self.decode(LogRequestBody.self, of: operation, body), region: region,
            account: account, groups: try LogGroups(controlPlane.snapshot(), region: region),
            now: now(), isEnding: isEnding)
        switch operation {
        case "DescribeLogGroups": return try OwnCoding.encode(try call.describeGroups())
        case "DescribeLogStreams": return try OwnCoding.encode(try call.describeStreams())
        case "GetLogEvents": return try OwnCoding.encode(try await call.getEvents(known()))
        default: return try OwnCoding.encode(try await call.filterEvents(known()))
        }
    }

    private func change(
        _ operation: String, region: String, _ body: [UInt8]
    ) async throws(APIError) {
        if operation == "UntagLogGroup" {
            let input = try Self.decode(UntagLogGroupBody.self, of: operation, body)
            let call = try groupCall(
                LogGroupRequestBody(logGroupName: input.logGroupName), region: region)
            return try await call.untagGroup(input.tags)
        }
        guard let perform = Self.changes[operation] else { throw Self.unknown(operation) }
        try await perform(try groupCall(operation, region: region, body))
    }

    private static let changes: [String: @Sendable (LogGroupCall) async throws(APIError) -> Void] =
        [
            "CreateLogGroup": { call async throws(APIError) in try await call.create() },
            "DeleteLogGroup": { call async throws(APIError) in try await call.delete() },
            "PutRetentionPolicy": { call async throws(APIError) in try await call.putRetention() },
            "DeleteRetentionPolicy": { call async throws(APIError) in
                try await call.deleteRetention()
            },
            "TagResource": { call async throws(APIError) in try await call.tagResource() },
            "UntagResource": { call async throws(APIError) in try await call.untagResource() },
            "TagLogGroup": { call async throws(APIError) in try await call.tagGroup() },
        ]

    private func groupCall(
        _ operation: String, region: String, _ body: [UInt8]
    ) throws(APIError) -> LogGroupCall {
        try groupCall(
            try Self.decode(LogGroupRequestBody.self, of: operation, body), region: region)
    }

    private func groupCall(
        _ input: LogGroupRequestBody, region: String
    ) throws(APIError) -> LogGroupCall {
        LogGroupCall(
            input: input, region: region, account: account, controlPlane: controlPlane,
            groups: try LogGroups(controlPlane.snapshot(), region: region))
    }

    private static func decode<Body: Decodable>(
        _ type: Body.Type, of operation: String, _ body: [UInt8]
    ) throws(APIError) -> Body {
        try OwnCoding.decode(type, from: body, help: "the members of \(operation)")
    }

    private static func unknown(_ operation: String) -> APIError {
        if ["CreateLogStream", "DeleteLogStream", "PutLogEvents"].contains(operation) {
            return APIError(
                .unknownOperation,
                "Streams are what containers with the log driver awslogs write, which their "
                    + "workers keep: Muster has no \(operation).")
        }
        return APIError(
            .unknownOperation,
            "Of CloudWatch Logs Muster has what makes, changes, tags and deletes log groups, "
                + "DescribeLogGroups, DescribeLogStreams, GetLogEvents and FilterLogEvents, not "
                + "'\(operation.prefix(64))'.")
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
    let now: WallTime
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

    static func name(of identifier: String) -> String {
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

    /// Nanoseconds of the first event that the group shows: what came before its deletion or is
    /// older than it keeps is not.
    func shownSince() throws(APIError) -> Int64? {
        guard let group = groups.group(try group()) else { return nil }
        let kept = group.retentionInDays.map { now.milliseconds - Int64($0) * 86_400_000 }
        let times = [kept, group.deletedAt.map { $0.milliseconds + 1 }].compactMap(\.self)
        return nanoseconds(times.max())
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
