import Model

extension LogCall {
    private static let pageMaximum = 50

    /// By name.
    func describeGroups() throws(APIError) -> LogGroupList {
        let limit = try limit(atMost: Self.pageMaximum)
        let all = try wantedGroups()
        // A token is the name of the last that was shown.
        let rest = all.filter { $0.reference.name > input.nextToken ?? "" }
        let page = rest.prefix(limit)
        return LogGroupList(
            logGroups: page.map { group in
                let arn = arn(of: group.reference.name)
                return LogGroupList.Group(
                    logGroupName: group.reference.name,
                    creationTime: group.createdAt.milliseconds,
                    retentionInDays: group.retentionInDays, arn: arn + ":*", logGroupArn: arn)
            }, nextToken: page.count < rest.count ? page.last?.reference.name : nil)
    }

    private func wantedGroups() throws(APIError) -> [LogGroup] {
        let names = input.logGroupIdentifiers.map { Set($0.map(Self.name)) }
        let pattern = input.logGroupNamePattern
        let prefix = input.logGroupNamePrefix
        guard prefix == nil || pattern == nil else {
            throw invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        }
        guard names == nil || (prefix == nil && pattern == nil && input.nextToken == nil) else {
            throw invalid(
                "Give logGroupIdentifiers alone: they go with no prefix, pattern or nextToken.")
        }
        // There are no others.
        guard input.logGroupClass ?? "STANDARD" == "STANDARD" else { return [] }
        return groups.all().filter { group in
            let name = group.reference.name
            return names?.contains(name) ?? true && name.hasPrefix(prefix ?? "")
                && pattern.map { $0.isEmpty || name.contains($0) } ?? true
        }
    }

    /// By name, or as far as that is known by the time of the last event: those of tasks that still
    /// run are the newest.
    func describeStreams() throws(APIError) -> LogStreamList {
        let limit = try limit(atMost: Self.pageMaximum)
        let group = try group()
        var all = try streams().filter {
            $0.stream.text.hasPrefix(input.logStreamNamePrefix ?? "")
        }
        switch input.orderBy {
        case nil, "LogStreamName": all.sort { $0.stream.text < $1.stream.text }
        case "LastEventTime":
            guard input.logStreamNamePrefix == nil else {
                throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
            }
            all.sort { Self.ends($0.task) < Self.ends($1.task) }
        case let other?:
            throw invalid(
                "1 validation error detected: Value '\(other.prefix(64))' at 'orderBy' failed to "
                    + "satisfy constraint: Member must satisfy enum value set: [LogStreamName, "
                    + "LastEventTime]")
        }
        if input.descending ?? false { all.reverse() }
        // A token is the name of the last that was shown.
        let after = input.nextToken.flatMap { token in
            all.firstIndex { $0.stream.text == token }.map { $0 + 1 }
        }
        guard input.nextToken == nil || after != nil else {
            throw invalid("The specified nextToken is invalid.")
        }
        let rest = all.dropFirst(after ?? 0)
        let page = rest.prefix(limit)
        return LogStreamList(
            logStreams: page.map { stream, task in
                LogStreamList.Stream(
                    logStreamName: stream.text, creationTime: task.createdAt.milliseconds,
                    arn: arn(of: group) + ":log-stream:" + stream.text)
            }, nextToken: page.count < rest.count ? page.last?.stream.text : nil)
    }

    private static func ends(_ task: ECSTask) -> (Int64, Int64) {
        (task.stoppedAt?.milliseconds ?? .max, task.createdAt.milliseconds)
    }
}
