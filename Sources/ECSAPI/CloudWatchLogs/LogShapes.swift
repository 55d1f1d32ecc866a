// The few shapes of CloudWatch Logs that are answered here; names are those of its model.

struct LogRequestBody: Decodable {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logGroupNamePrefix: String?
    var logGroupNamePattern: String?
    var logGroupIdentifiers: [String]?
    var logGroupClass: String?
    var logStreamName: String?
    var logStreamNames: [String]?
    var logStreamNamePrefix: String?
    var orderBy: String?
    var descending: Bool?
    var startTime: Int64?
    var endTime: Int64?
    var startFromHead: Bool?
    var filterPattern: String?
    var limit: Int?
    var nextToken: String?
}

/// Of what makes, changes or deletes a group.
struct LogGroupRequestBody: Decodable {
    var logGroupName: String?
    var kmsKeyId: String?
    var logGroupClass: String?
    var deletionProtectionEnabled: Bool?
    var retentionInDays: Int?
    var resourceArn: String?
    var tags: [String: String]?
    var tagKeys: [String]?
}

/// Of UntagLogGroup alone, whose `tags` are keys.
struct UntagLogGroupBody: Decodable {
    var logGroupName: String?
    var tags: [String]?
}

struct LogGroupTags: Encodable {
    var tags: [String: String]
}

/// What CloudWatch Logs says when there is nothing to say.
struct NoMembers: Encodable {}

struct LogGroupList: Encodable {
    struct Group: Encodable {
        var logGroupName: String
        var creationTime: Int64
        var retentionInDays: Int?
        var metricFilterCount = 0
        var storedBytes = 0
        var arn: String
        var logGroupArn: String
        var logGroupClass = "STANDARD"
    }

    var logGroups: [Group]
    var nextToken: String?
}

struct LogStreamList: Encodable {
    struct Stream: Encodable {
        var logStreamName: String
        var creationTime: Int64
        var arn: String
        var storedBytes = 0
    }

    var logStreams: [Stream]
    var nextToken: String?
}

struct LogEventPage: Encodable {
    struct Event: Encodable {
        var timestamp: Int64
        var message: String
        var ingestionTime: Int64
    }

    var events: [Event]
    var nextForwardToken: String
    var nextBackwardToken: String
}

struct FilteredLogEvents: Encodable {
    struct Event: Encodable {
        var logStreamName: String
        var timestamp: Int64
        var message: String
        var ingestionTime: Int64
        var eventId: String
    }

    /// CloudWatch itself tells of none since 2020; here those that could not be read are told.
    struct Searched: Encodable {
        var logStreamName: String
        var searchedCompletely: Bool
    }

    var events: [Event]
    var searchedLogStreams: [Searched] = []
    var nextToken: String?
}
