// The few shapes of CloudWatch Logs that are answered here; names are those of its model.

struct LogRequestBody: Decodable {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logGroupNamePrefix: String?
    var logGroupNamePattern: String?
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

struct LogGroupList: Encodable {
    struct Group: Encodable {
        var logGroupName: String
        var creationTime: Int64
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

    var events: [Event]
    var searchedLogStreams: [String] = []
    var nextToken: String?
}
