import ClusterState
import ECSAPI
import Foundation
import Model
import Synchronization
import Testing

@Suite("Output that is asked for", .timeLimit(.minutes(1)))
struct LogEndpointTests {
    private static let one = Fixture.task(1).id
    private static let two = Fixture.task(2).id

    private func entry(_ time: Int64, _ text: String, _ container: String = "app") -> LogEntry {
        LogEntry(time: time, container: container, text: Array(text.utf8))
    }

    private func endpoint(_ reader: FakeLogReader?) -> LogEndpoint {
        var state = State()
        state.put(
            .cluster(Fixture.cluster), .instance(Fixture.instance), .service(Fixture.service()),
            .task(Fixture.task(1)), .task(Fixture.task(2)))
        return LogEndpoint(
            account: "123456789012", defaultRegion: "us-east-1",
            controlPlane: FakeControlPlane(state), reader: reader)
    }

    private func read(_ question: String, _ reader: FakeLogReader) async throws -> [LogItem] {
        var feed = try endpoint(reader).open(Array(question.utf8))
        defer { feed.close() }
        var all: [LogItem] = []
        while let items = await feed.next() { all += items }
        return all
    }

    @Test("A service's tasks come as one sequence by time")
    func service() async throws {
        let reader = FakeLogReader([
            Self.one: [1, 4, 5, 8, 9].map { entry($0, "one") },
            Self.two: [2, 3, 6, 7].map { entry($0, "two") },
        ])
        let items = try await read(#"{"name": "web"}"#, reader)
        let times = items.compactMap { item -> Int64? in
            guard case .entry(let task, let entry) = item else { return nil }
            #expect(
                task == (String(decoding: entry.text, as: UTF8.self) == "one" ? Self.one : Self.two)
            )
            return entry.time
        }
        #expect(times == Array(1...9))
        #expect(reader.state.withLock { $0.ended } == 2)
    }

    @Test(
        "A task is named by its id, the beginning of one or an ARN, and what is asked is passed on")
    func task() async throws {
        for name in [Fixture.taskID, "\(Fixture.arns)task/default/\(Fixture.taskID)"] {
            let reader = FakeLogReader([Self.one: [entry(7, "a"), entry(9, "b")]])
            let question = #"{"name": "\#(name)", "container": "app", "tail": 1, "since": 0}"#
            let items = try await read(question, reader)
            #expect(items == [.entry(Self.one, entry(9, "b"))])
            let order = LogOrder(task: Self.one, container: "app", since: 0, tail: 1)
            #expect(reader.state.withLock { $0.orders } == [order])
        }
    }

    @Test("A worker that is away is said, and the others' output comes all the same")
    func away() async throws {
        let reader = FakeLogReader([Self.two: [entry(1, "two")]], away: [Self.one])
        let items = try await read(#"{"name": "web"}"#, reader)
        #expect(items.contains(.entry(Self.two, entry(1, "two"))))
        let notice = LogItem.notice(
            Self.one, "The output can't be read: its worker is not connected.")
        #expect(items.contains(notice) && items.count == 2)
    }

    @Test("Of each worker that is away it is said, also where all end at one moment")
    func allAway() async throws {
        for _ in 0..<50 {
            let reader = FakeLogReader(away: [Self.one, Self.two])
            #expect(try await read(#"{"name": "web"}"#, reader).count == 2)
        }
    }

    @Test(
        "What there is not is refused",
        arguments: [
            (#"{"name": "gone"}"#, APIError.Code.invalidParameter, "no service 'gone'"),
            (#"{"name": "abcdef"}"#, .invalidParameter, "The referenced task was not found."),
            (#"{"name": "web", "cluster": "x"}"#, .clusterNotFound, "Cluster not found."),
            (#"{"name": ""}"#, .invalidParameter, "Say whose output"),
            (
                #"{"name": "00000000000000040000000000000001", "container": "x"}"#,
                .invalidParameter, "no container 'x'"
            ),
            ("{}", .serialization, "Send"),
        ])
    func refusals(question: String, code: APIError.Code, text: String) throws {
        let error = #expect(throws: APIError.self) {
            _ = try endpoint(FakeLogReader()).open(Array(question.utf8))
        }
        #expect(error?.code == code && error?.message.contains(text) == true, "\(error as Any)")
    }

    @Test("A line is JSON, with its time to the nanosecond; bytes that are no text are replaced")
    func json() {
        let line = LogEntry(
            time: 1_735_732_800_000_000_007, container: "a", isError: true, text: [0x22, 0xFF])
        #expect(
            String(decoding: LogItem.entry(Self.one, line).json, as: UTF8.self)
                == #"{"time":"2025-01-01T12:00:00.000000007Z","task":"\#(Self.one)","#
                + #""container":"a","stream":"stderr","text":"\"\#u{FFFD}"}"#)
    }
}
