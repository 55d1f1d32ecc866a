import ClusterState
import ECSAPI
import Foundation
import Model
import Testing

@Suite("CloudWatch Logs", .timeLimit(.minutes(1)))
struct CloudWatchLogsTests {
    private static let second: Int64 = 1_000_000_000
    private static let one = "ecs/app/00000000000000040000000000000001"
    private static let two = "ecs/app/00000000000000040000000000000002"

    private func put(_ state: inout State) {
        var definition = Fixture.definition()
        definition.document = Document(
            json: #"{"containerDefinitions":[{"name":"app","logConfiguration":{"#
                + #""logDriver":"awslogs","options":{"awslogs-group":"/ecs/web","#
                + #""awslogs-region":"us-east-1","awslogs-stream-prefix":"ecs"}}},"#
                + #"{"name":"side","logConfiguration":{"logDriver":"awslogs","options":{"#
                + #""awslogs-group":"side","awslogs-region":"us-east-1"}}}]}"#)
        state.put(
            .cluster(Fixture.cluster), .instance(Fixture.instance), .taskDefinition(definition),
            .service(Fixture.service()))
    }

    private func endpoint(
        _ reader: FakeLogReader, _ tasks: [ECSTask] = [Fixture.task(1), Fixture.task(2)]
    ) -> CloudWatchLogsEndpoint {
        var state = State()
        put(&state)
        for task in tasks { state.put(.task(task)) }
        return CloudWatchLogsEndpoint(
            account: "123456789012", controlPlane: FakeControlPlane(state), reader: reader,
            now: { .noon })
    }

    private func call(
        _ operation: String, _ body: String, _ reader: FakeLogReader = FakeLogReader(),
        region: String = "us-east-1"
    ) async throws -> String {
        String(
            decoding: try await endpoint(reader).perform(
                operation, region: region, body: Array(body.utf8)), as: UTF8.self)
    }

    private func entry(_ time: Int64, _ text: String) -> LogEntry {
        LogEntry(time: time, container: "app", text: Array(text.utf8))
    }

    private func messages(_ answer: String) throws -> [String] {
        let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
        let events = try #require(object?["events"] as? [[String: Any]])
        return events.compactMap { $0["message"] as? String }
    }

    @Test("Groups and streams are those of task definitions and their tasks")
    func names() async throws {
        let groups = try await call("DescribeLogGroups", "{}")
        #expect(value(groups, at: "logGroups.0.logGroupName") == "/ecs/web" as NSString)
        #expect(value(groups, at: "logGroups.1.logGroupName") == "side" as NSString)
        #expect(
            value(groups, at: "logGroups.0.arn")
                == "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web:*" as NSString)
        let page = try await call("DescribeLogGroups", #"{"limit": 1}"#)
        #expect(value(page, at: "nextToken") == "/ecs/web" as NSString)
        let other = try await call("DescribeLogGroups", "{}", region: "eu-west-1")
        #expect(other == #"{"logGroups":[]}"#)
        let streams = try await call("DescribeLogStreams", #"{"logGroupName": "/ecs/web"}"#)
        #expect(value(streams, at: "logStreams.0.logStreamName") == Self.one as NSString)
        #expect(value(streams, at: "logStreams.1.logStreamName") == Self.two as NSString)
        let plain = try await call("DescribeLogStreams", #"{"logGroupName": "side", "limit": 1}"#)
        #expect(
            value(plain, at: "logStreams.0.logStreamName")
                == "side/00000000000000040000000000000001" as NSString)
        #expect(value(plain, at: "nextToken") != nil)
    }

    @Test("A stream is read page by page both ways, and at its end the token repeats")
    func pages() async throws {
        // Some lines have the same time.
        let times: [Int64] = [1, 1, 1, 2, 3, 3, 4]
        let reader = FakeLogReader([
            Fixture.task(1).id: times.enumerated().map { entry($1 * Self.second, "\($0)") }
        ])
        let stream = #""logGroupName": "/ecs/web", "logStreamName": "\#(Self.one)""#
        var token = ""
        var seen: [String] = []
        for _ in 0..<5 {
            let answer = try await call(
                "GetLogEvents", #"{\#(stream), "limit": 2, "startFromHead": true\#(token)}"#, reader
            )
            seen += try messages(answer)
            let next = try #require(value(answer, at: "nextForwardToken") as? String)
            let known = token
            token = #", "nextToken": "\#(next)""#
            if seen.count == 7, try messages(answer).isEmpty { #expect(token == known) }
        }
        #expect(seen == (0..<7).map { "\($0)" })
        let last = try await call("GetLogEvents", #"{\#(stream), "limit": 3}"#, reader)
        #expect(try messages(last) == ["4", "5", "6"])
        let back = try #require(value(last, at: "nextBackwardToken") as? String)
        let before = try await call(
            "GetLogEvents", #"{\#(stream), "limit": 3, "nextToken": "\#(back)"}"#, reader)
        #expect(try messages(before) == ["1", "2", "3"])
        let part = try await call(
            "GetLogEvents", #"{\#(stream), "startTime": 2000, "endTime": 3001}"#, reader)
        #expect(try messages(part) == ["3", "4", "5"])
    }

    @Test("A group is searched over its streams by time, page by page, each event once")
    func filter() async throws {
        let reader = FakeLogReader([
            Fixture.task(1).id: (0..<10).map { entry($0 * Self.second, "one \($0)") },
            Fixture.task(2).id: (0..<10).map { entry($0 * Self.second, "two \($0)") },
        ])
        var token = ""
        var seen: [String] = []
        var ids: Set<String> = []
        repeat {
            let answer = try await call(
                "FilterLogEvents", #"{"logGroupName": "/ecs/web", "limit": 3\#(token)}"#, reader)
            seen += try messages(answer)
            for index in 0..<3 {
                if let id = value(answer, at: "events.\(index).eventId") as? String {
                    ids.insert(id)
                }
            }
            let next = value(answer, at: "nextToken") as? String
            token = next.map { #", "nextToken": "\#($0)""# } ?? ""
        } while !token.isEmpty
        #expect(seen == (0..<10).flatMap { ["one \($0)", "two \($0)"] })
        #expect(ids.count == 20 && ids.allSatisfy { $0.count == 56 })
        let some = try await call(
            "FilterLogEvents",
            #"{"logGroupName": "/ecs/web", "filterPattern": "two -7", "startTime": 6000}"#, reader)
        #expect(try messages(some) == ["two 6", "two 8", "two 9"])
        let named = try await call(
            "FilterLogEvents",
            #"{"logGroupIdentifier": "arn:aws:logs:us-east-1:1:log-group:/ecs/web", "#
                + #""logStreamNames": ["\#(Self.two)"], "startTime": 8000}"#, reader)
        #expect(try messages(named) == ["two 8", "two 9"])
    }

    @Test("A search goes on where it was though its first task has been forgotten meanwhile")
    func forgotten() async throws {
        // More than are read at a time, one a second.
        let tasks = (1...60).map { number in
            var task = Fixture.task(UInt64(number))
            task.createdAt = .noon + .seconds(number)
            return task
        }
        let reader = FakeLogReader(
            Dictionary(
                uniqueKeysWithValues: tasks.enumerated().map { number, task in
                    (task.id, [entry(Int64(number) * Self.second, "\(number + 1)")])
                }))
        let first = try await ask(endpoint(reader, tasks), "")
        #expect(try messages(first) == (1...48).map(String.init))
        let token = try #require(value(first, at: "nextToken") as? String)
        let kept = tasks.filter { !tasks[47..<50].contains($0) }
        let second = try await ask(endpoint(reader, kept), #", "nextToken": "\#(token)""#)
        #expect(try messages(second) == (51...60).map(String.init))
    }

    @Test("What a worker that is away keeps is missing, and said to be")
    func away() async throws {
        let reader = FakeLogReader(
            [Fixture.task(1).id: [entry(Self.second, "here")]], away: [Fixture.task(2).id])
        let answer = try await ask(endpoint(reader), "")
        #expect(try messages(answer) == ["here"])
        #expect(value(answer, at: "searchedLogStreams.0.logStreamName") == Self.two as NSString)
        #expect(value(answer, at: "searchedLogStreams.0.searchedCompletely") == false as NSNumber)
        #expect(value(answer, at: "searchedLogStreams.1") == nil)
    }

    private func ask(_ endpoint: CloudWatchLogsEndpoint, _ more: String) async throws -> String {
        String(
            decoding: try await endpoint.perform(
                "FilterLogEvents", region: "us-east-1",
                body: Array(#"{"logGroupName": "/ecs/web"\#(more)}"#.utf8)), as: UTF8.self)
    }

    @Test(
        "Patterns are terms: all, one of those with ?, none of those with -",
        arguments: [
            ("ERROR", ["ERROR one", "b ERROR two"]), ("ERROR two", ["b ERROR two"]),
            (#""ERROR one""#, ["ERROR one"]), ("?one ?two", ["ERROR one", "b ERROR two"]),
            ("ERROR -one", ["b ERROR two"]), ("", ["ERROR one", "b ERROR two", "three"]),
            (#""a \" quote""#, []),
        ])
    func patterns(pattern: String, wanted: [String]) async throws {
        let reader = FakeLogReader([
            Fixture.task(1).id: ["ERROR one", "b ERROR two", "three"].enumerated().map {
                entry(Int64($0), $1)
            }
        ])
        let quoted = pattern.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let answer = try await call(
            "FilterLogEvents", #"{"logGroupName": "/ecs/web", "filterPattern": "\#(quoted)"}"#,
            reader)
        #expect(try messages(answer) == wanted)
    }

    @Test(
        "What can't be answered has CloudWatch's names of errors",
        arguments: [
            ("DescribeLogStreams", "{}", APIError.Code.invalidParameter),
            ("DescribeLogStreams", #"{"logGroupName": "no"}"#, .resourceNotFound),
            (
                "GetLogEvents", #"{"logGroupName": "/ecs/web", "logStreamName": "no"}"#,
                .resourceNotFound
            ),
            (
                "GetLogEvents",
                #"{"logGroupName": "/ecs/web", "logStreamName": "\#(one)", "nextToken": "x"}"#,
                .invalidParameter
            ),
            (
                "GetLogEvents",
                #"{"logGroupName": "/ecs/web", "logStreamName": "\#(one)", "nextToken": "b/"#
                    + "09223372036854775807" + String(repeating: "0", count: 36) + #"/s"}"#,
                .invalidParameter
            ),
            (
                "GetLogEvents", #"{"logGroupName": "/ecs/web", "logStreamName": "\#(one)"}"#,
                .serviceUnavailable
            ),
            (
                "FilterLogEvents", #"{"logGroupName": "/ecs/web", "filterPattern": "{ $.a = 1 }"}"#,
                .invalidParameter
            ),
            ("FilterLogEvents", #"{"logGroupName": "/ecs/web", "limit": 0}"#, .invalidParameter),
            ("PutLogEvents", "{}", .unknownOperation), ("GetLogEvents", "[]", .serialization),
        ])
    func refusals(operation: String, body: String, code: APIError.Code) async {
        let error = await #expect(throws: APIError.self) {
            _ = try await call(
                operation, body, FakeLogReader(away: [Fixture.task(1).id, Fixture.task(2).id]))
        }
        #expect(error?.code == code, "\(error as Any)")
    }
}
