import ClusterState
import ECSAPI
import Foundation
import Model
import Testing

@Suite("Log groups of CloudWatch Logs", .timeLimit(.minutes(1)))
struct LogGroupTests {
    private static let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/kept"

    private static func reference(_ name: String) -> LogGroupReference {
        LogGroupReference(region: "us-east-1", name: name)
    }

    /// A group that is kept, one that a definition names, and a mark of one that is gone.
    private func plane(_ changes: Change...) -> FakeControlPlane {
        var definition = Fixture.definition()
        definition.document = Document(
            json: #"{"containerDefinitions":[{"name":"app","logConfiguration":{"#
                + #""logDriver":"awslogs","options":{"awslogs-group":"/ecs/named","#
                + #""awslogs-region":"us-east-1"}}}]}"#)
        var state = State()
        state.put(
            .cluster(Fixture.cluster), .instance(Fixture.instance), .taskDefinition(definition),
            .service(Fixture.service()), .task(Fixture.task(1)),
            .logGroup(
                LogGroup(
                    reference: Self.reference("/ecs/kept"), createdAt: .noon, retentionInDays: 7,
                    tags: [Tag(key: "stage", value: "test")])),
            .logGroup(
                LogGroup(
                    reference: Self.reference("/ecs/gone"), createdAt: .noon, deletedAt: .noon,
                    isDeleted: true)))
        for change in changes { state.put(change) }
        return FakeControlPlane(state)
    }

    private func call(
        _ operation: String, _ body: String, on plane: FakeControlPlane? = nil,
        reader: FakeLogReader = FakeLogReader(), region: String = "us-east-1"
    ) async throws -> String {
        let endpoint = CloudWatchLogsEndpoint(
            account: "123456789012", controlPlane: plane ?? self.plane(), reader: reader,
            now: { .noon })
        return String(
            decoding: try await endpoint.perform(
                operation, region: region, body: Array(body.utf8)), as: UTF8.self)
    }

    private func names(_ body: String, on plane: FakeControlPlane? = nil) async throws -> [String] {
        let answer = try await call("DescribeLogGroups", body, on: plane)
        return (0..<10).compactMap {
            value(answer, at: "logGroups.\($0).logGroupName") as? String
        }
    }

    @Test("Kept and named ones are shown together, those that are gone are not")
    func shown() async throws {
        #expect(try await names("{}") == ["/ecs/kept", "/ecs/named"])
        #expect(try await names(#"{"logGroupNamePrefix": "/ecs/k"}"#) == ["/ecs/kept"])
        #expect(try await names(#"{"logGroupNamePattern": "name"}"#) == ["/ecs/named"])
        #expect(try await names(#"{"logGroupNamePattern": "Name"}"#) == [])
        #expect(
            try await names(#"{"logGroupIdentifiers": ["/ecs/named", "\#(Self.arn)"]}"#)
                == ["/ecs/kept", "/ecs/named"])
        #expect(try await names(#"{"logGroupClass": "INFREQUENT_ACCESS"}"#) == [])
        let answer = try await call("DescribeLogGroups", #"{"limit": 1}"#)
        #expect(value(answer, at: "logGroups.0.retentionInDays") == 7 as NSNumber)
        #expect(value(answer, at: "nextToken") == "/ecs/kept" as NSString)
        #expect(try await names(#"{"nextToken": "/ecs/kept"}"#) == ["/ecs/named"])
        let other = try await call("DescribeLogGroups", "{}", region: "eu-west-1")
        #expect(other == #"{"logGroups":[]}"#)
    }

    @Test("Each operation is the command that it means")
    func commands() async throws {
        func command(_ operation: String, _ body: String) async throws -> Command? {
            let plane = plane()
            #expect(try await call(operation, body, on: plane) == "{}")
            return plane.submitted.first
        }
        func known(_ name: String, _ named: WallTime? = nil) -> KnownLogGroup {
            KnownLogGroup(reference: Self.reference(name), namedSince: named)
        }
        let kept = #""logGroupName": "/ecs/kept""#
        #expect(
            try await command(
                "CreateLogGroup",
                #"{"logGroupName": "/ecs/new", "tags": {"b": "2", "a": "1"}, "#
                    + #""logGroupClass": "STANDARD"}"#)
                == .createLogGroup(
                    known("/ecs/new"), tags: [Tag(key: "a", value: "1"), Tag(key: "b", value: "2")])
        )
        let since = Fixture.definition().registeredAt
        #expect(
            try await command("DeleteLogGroup", #"{"logGroupName": "/ecs/named"}"#)
                == .deleteLogGroup(known("/ecs/named", min(since, Fixture.task(1).createdAt))))
        #expect(
            try await command("PutRetentionPolicy", "{\(kept), \"retentionInDays\": 3653}")
                == .changeLogGroup(known("/ecs/kept"), .retention(3653)))
        #expect(
            try await command("DeleteRetentionPolicy", "{\(kept)}")
                == .changeLogGroup(known("/ecs/kept"), .retention(nil)))
        let tag = LogGroupChange.tag([Tag(key: "é /", value: "")])
        for body in [#""resourceArn": "\#(Self.arn)""#, #""resourceArn": "\#(Self.arn):*""#] {
            #expect(
                try await command("TagResource", #"{\#(body), "tags": {"é /": ""}}"#)
                    == .changeLogGroup(known("/ecs/kept"), tag))
            #expect(
                try await command("UntagResource", #"{\#(body), "tagKeys": ["a"]}"#)
                    == .changeLogGroup(known("/ecs/kept"), .untag(keys: ["a"])))
            #expect(
                try await call("ListTagsForResource", "{\(body)}")
                    == #"{"tags":{"stage":"test"}}"#)
        }
        #expect(
            try await command("TagLogGroup", #"{\#(kept), "tags": {"é /": ""}}"#)
                == .changeLogGroup(known("/ecs/kept"), tag))
        #expect(
            try await command("UntagLogGroup", #"{\#(kept), "tags": ["a"]}"#)
                == .changeLogGroup(known("/ecs/kept"), .untag(keys: ["a"])))
        #expect(try await call("ListTagsLogGroup", "{\(kept)}") == #"{"tags":{"stage":"test"}}"#)
    }

    @Test(
        "What can't be is refused in CloudWatch's words",
        arguments: [
            ("CreateLogGroup", "{}", "InvalidParameterException", "Value null at 'logGroupName'"),
            (
                "CreateLogGroup", #"{"logGroupName": "a b"}"#, "InvalidParameterException",
                "regular expression pattern"
            ),
            (
                "CreateLogGroup", #"{"logGroupName": "a", "kmsKeyId": "k"}"#,
                "InvalidParameterException", "kmsKeyId"
            ),
            (
                "CreateLogGroup", #"{"logGroupName": "a", "logGroupClass": "DELIVERY"}"#,
                "InvalidParameterException", "STANDARD"
            ),
            (
                "CreateLogGroup", #"{"logGroupName": "a", "deletionProtectionEnabled": true}"#,
                "InvalidParameterException", "deletionProtectionEnabled"
            ),
            (
                "CreateLogGroup", #"{"logGroupName": "a", "tags": {"aws:x": ""}}"#,
                "InvalidParameterException", "aws: prefixed"
            ),
            (
                "CreateLogGroup", #"{"logGroupName": "a", "tags": {"*": ""}}"#,
                "InvalidParameterException", "Map keys"
            ),
            (
                "PutRetentionPolicy", #"{"logGroupName": "a", "retentionInDays": 2}"#,
                "InvalidParameterException", "enum value set: [1, 3, 5, 7,"
            ),
            (
                "TagResource", #"{"resourceArn": "arn:aws:ecs:us-east-1:1:cluster/a", "tags": {}}"#,
                "InvalidParameterException", "not the ARN of a log group"
            ),
            (
                "ListTagsForResource",
                #"{"resourceArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/kept"}"#,
                "ResourceNotFoundException", "does not exist"
            ),
            (
                "ListTagsLogGroup", #"{"logGroupName": "/ecs/gone"}"#, "ResourceNotFoundException",
                "The specified log group does not exist."
            ),
            (
                "DescribeLogGroups", #"{"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}"#,
                "InvalidParameterException", "mutually exclusive"
            ),
            ("PutLogEvents", "{}", "UnknownOperationException", "awslogs"),
            ("StartLiveTail", "{}", "UnknownOperationException", "'StartLiveTail'"),
        ])
    func refusals(operation: String, body: String, code: String, text: String) async {
        let error = await #expect(throws: APIError.self) { _ = try await call(operation, body) }
        #expect(error?.code.rawValue == code && error?.message.contains(text) == true, "\(error!)")
    }

    @Test("Of a group that was deleted only what comes later makes another, and shows")
    func deleted() async throws {
        let task = Fixture.task(1)
        func mark(_ offset: Int64) -> LogGroup {
            LogGroup(
                reference: Self.reference("/ecs/named"), createdAt: .noon,
                deletedAt: WallTime(milliseconds: task.createdAt.milliseconds + offset),
                isDeleted: true)
        }
        #expect(try await names("{}", on: plane(.logGroup(mark(0)))) == ["/ecs/kept"])
        #expect(
            try await names("{}", on: plane(.logGroup(mark(-1)))) == ["/ecs/kept", "/ecs/named"])
        // Made again, with a task that ran before and still does.
        var again = mark(5_000)
        again.isDeleted = false
        let start = task.createdAt.milliseconds * 1_000_000
        let reader = FakeLogReader([
            task.id: (0..<10).map {
                LogEntry(
                    time: start + $0 * 1_000_000_000, container: "app", text: Array("\($0)".utf8))
            }
        ])
        let plane = plane(.logGroup(again))
        let events = try await call(
            "FilterLogEvents", #"{"logGroupName": "/ecs/named"}"#, on: plane, reader: reader)
        #expect(value(events, at: "events.0.message") == "6" as NSString)
        #expect(value(events, at: "events.4.message") == nil)
    }

    @Test("Events that are older than the retention are not shown")
    func retention() async throws {
        let task = Fixture.task(1)
        let group = LogGroup(
            reference: Self.reference("/ecs/named"), createdAt: .noon, retentionInDays: 3)
        let edge = WallTime.noon.milliseconds - 3 * 86_400_000
        let reader = FakeLogReader([
            task.id: [("old", edge - 1), ("kept", edge), ("new", edge + 1)].map {
                LogEntry(time: $1 * 1_000_000, container: "app", text: Array($0.utf8))
            }
        ])
        let plane = plane(.logGroup(group))
        for (operation, body) in [
            ("FilterLogEvents", #"{"logGroupName": "/ecs/named", "startTime": 0}"#),
            (
                "GetLogEvents",
                #"{"logGroupName": "/ecs/named", "logStreamName": "app/\#(task.id)", "#
                    + #""startFromHead": true}"#
            ),
        ] {
            let events = try await call(operation, body, on: plane, reader: reader)
            #expect(value(events, at: "events.0.message") == "kept" as NSString)
            #expect(value(events, at: "events.2.message") == nil)
        }
    }
}
